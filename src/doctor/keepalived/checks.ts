// The checks of the category "keepalived", in the order in which they are told.
import type { Check } from '../doctor-check.ts'
import { RENDERED, STRANGERS, TESTED } from './config-validity.ts'
import { DROPPED } from './dropped.ts'
import { FAULT } from './fault-state.ts'
import { IN_FORCE, PRIVATE, THERE } from './file.ts'
import { BENT, SILENCED, TURNED_AWAY } from './harms.ts'
import { INSTALLED, NEW_ENOUGH, RUNNING } from './installed.ts'
import { DUMP } from './json-dump.ts'
import { KNOWN } from './known-faults.ts'
import { FILES, FOLDER, WATCH } from './published.ts'
import { EFFECTIVE, HOLDING } from './running.ts'
import { NOTIFIES, PROGRAMS, SECURITY } from './scripts.ts'
import { FAMILIES, ORDERED, PREEMPTS, SYNC } from './silent-misconfig.ts'
import { SOURCE } from './source-address.ts'
import { DEAD_MAN, FOLLOWS } from './tracking.ts'

export const KEEPALIVED_CHECKS: readonly Check[] = [
  ...[INSTALLED, NEW_ENOUGH, RUNNING],
  ...[THERE, TESTED, RENDERED, IN_FORCE, PRIVATE],
  ...[ORDERED, FAMILIES, PREEMPTS, SYNC, FOLLOWS, DEAD_MAN],
  ...[SECURITY, PROGRAMS, NOTIFIES],
  ...[FOLDER, WATCH, FILES],
  ...[DUMP, DROPPED, EFFECTIVE, SOURCE, FAULT, HOLDING, STRANGERS],
  ...[SILENCED, BENT, KNOWN, TURNED_AWAY],
]
