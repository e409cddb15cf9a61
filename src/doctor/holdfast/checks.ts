// The checks of the category "holdfast", in the order in which they are told.
import type { DoctorCheck } from '../doctor-check.ts'
import {
  CONFIG_READABLE,
  CONFIG_VALID,
  ORDERS_USABLE,
  OTHERS_KNOWN,
  SERVER_KNOWN,
  SERVER_LISTED,
  SHADOW_OVER,
} from './configuration-and-orders.ts'
import { HEALTH } from './daemon-health.ts'
import {
  COMPLAINTS,
  CONFIG_IN_FORCE,
  DAEMON_RUNS,
  DAEMON_SINGLE,
  DAEMON_VERSION,
  STATUS_FRESH,
  STATUS_UNDERSTOOD,
} from './daemon-life.ts'
import { DISK, HISTORY } from './disk.ts'
import { ENVIRONMENT } from './environment.ts'
import { PROGRAM_EXECUTABLE, PROGRAM_SAME, PROGRAM_TRUSTED } from './executable.ts'
import { RUN_FOLDERS, STATE_FOLDERS, TMPFILES } from './folders.ts'
import { CHANNELS, SECRETS, SPOOL } from './notify.ts'
import { NO_OVERRIDE, OVERRIDE_UNDERSTOOD } from './override-age.ts'
import {
  ACCOUNT,
  RESTARTS,
  UNIT_CURRENT,
  UNIT_ENABLED,
  UNIT_SHAPE,
  UNIT_THERE,
} from './service-unit.ts'
import { CLOCK } from './wall-clock.ts'

export const HOLDFAST_CHECKS: readonly DoctorCheck[] = [
  ...[CONFIG_READABLE, CONFIG_VALID, ORDERS_USABLE, SERVER_KNOWN, SERVER_LISTED, OTHERS_KNOWN],
  SHADOW_OVER,
  ...[PROGRAM_TRUSTED, PROGRAM_EXECUTABLE, PROGRAM_SAME],
  ...[UNIT_THERE, UNIT_ENABLED, UNIT_SHAPE, UNIT_CURRENT, ACCOUNT],
  ...[TMPFILES, RUN_FOLDERS, STATE_FOLDERS],
  ...[DAEMON_RUNS, STATUS_FRESH, STATUS_UNDERSTOOD, DAEMON_SINGLE, RESTARTS],
  ...[DAEMON_VERSION, CONFIG_IN_FORCE, COMPLAINTS, ENVIRONMENT],
  ...[NO_OVERRIDE, OVERRIDE_UNDERSTOOD, HEALTH],
  ...[SPOOL, CHANNELS, SECRETS, HISTORY, CLOCK, DISK],
]
