// The checks of the category "holdfast", in the order in which they are told.
import type { Check } from '../check.ts'
import { ACCOUNT_CHECKS } from './account.ts'
import { CLOCK_CHECKS } from './clock.ts'
import { CONFIG_CHECKS } from './config.ts'
import { DAEMON_CHECKS } from './daemon.ts'
import { DISK_CHECKS } from './disk.ts'
import { ENVIRONMENT_CHECKS } from './environment.ts'
import { FOLDER_CHECKS } from './folders.ts'
import { HISTORY_CHECKS } from './history.ts'
import { NOTIFY_CHECKS } from './notify.ts'
import { ORDER_CHECKS } from './orders.ts'
import { OVERRIDE_CHECKS } from './override.ts'
import { PROGRAM_CHECKS } from './program.ts'
import { RESTART_CHECKS } from './restarts.ts'
import { UNIT_CHECKS } from './unit.ts'
import { UPKEEP_CHECKS } from './upkeep.ts'
import { VERDICT_CHECKS } from './verdict.ts'

export const HOLDFAST_CHECKS: readonly Check[] = [
  ...CONFIG_CHECKS,
  ...ORDER_CHECKS,
  ...PROGRAM_CHECKS,
  ...UNIT_CHECKS,
  ...ACCOUNT_CHECKS,
  ...FOLDER_CHECKS,
  ...DAEMON_CHECKS,
  ...RESTART_CHECKS,
  ...UPKEEP_CHECKS,
  ...ENVIRONMENT_CHECKS,
  ...OVERRIDE_CHECKS,
  ...VERDICT_CHECKS,
  ...NOTIFY_CHECKS,
  ...HISTORY_CHECKS,
  ...CLOCK_CHECKS,
  ...DISK_CHECKS,
]
