// The checks of the category "keepalived", in the order in which they are told.
import type { DoctorCheck } from '../doctor-check.ts'
import { RENDERED, STRANGERS, TESTED } from './config-validity.ts'
import { IN_FORCE, PRIVATE, THERE } from './file.ts'
import { BENT, SILENCED, TURNED_AWAY } from './harms.ts'
import { DUMP, INSTALLED, NEW_ENOUGH, RUNNING } from './installed.ts'
import { KNOWN } from './known-faults.ts'
import { FILES, FOLDER, WATCH } from './published.ts'
import { EFFECTIVE, FAULT, HOLDING } from './running.ts'
import { DROPPED, NOTIFIES, PROGRAMS, SECURITY } from './scripts.ts'
import { FAMILIES, ORDERED, PREEMPTS, SOURCE, SYNC } from './silent-misconfig.ts'
import { DEAD_MANS_SWITCH, FOLLOWS } from './tracking.ts'

export const KEEPALIVED_CHECKS: readonly DoctorCheck[] = [
  ...[INSTALLED, NEW_ENOUGH, RUNNING],
  ...[THERE, TESTED, RENDERED, IN_FORCE, PRIVATE],
  ...[ORDERED, FAMILIES, PREEMPTS, SYNC, FOLLOWS, DEAD_MANS_SWITCH],
  ...[SECURITY, PROGRAMS, NOTIFIES],
  ...[FOLDER, WATCH, FILES],
  ...[DUMP, DROPPED, EFFECTIVE, SOURCE, FAULT, HOLDING, STRANGERS],
  ...[SILENCED, BENT, KNOWN, TURNED_AWAY],
]
