// The checks of the category "bind", in the order in which they are told.
import type { DoctorCheck } from '../doctor-check.ts'
import { LISTEN_ON, QUERY_SOURCE, SCAN } from './address-options.ts'
import { ANSWERS, EXPECTED, FAST, REFUSED, SAME } from './answers.ts'
import { CLIENTS } from './clients.ts'
import { ACCEPTED, READ, RENDERED } from './named-files.ts'
import { INSTALLED, LISTENS, OTHERS, RUNS } from './presence.ts'
import { COUNTS_PROBES, DROPS_PROBES } from './rate-limit.ts'
import { CACHE, RECURSION } from './recursion.ts'
import { RESOLVER } from './resolver.ts'

export const BIND_CHECKS: readonly DoctorCheck[] = [
  ...[INSTALLED, RUNS, OTHERS, LISTENS, ACCEPTED, READ],
  ...[ANSWERS, REFUSED, EXPECTED, SAME, FAST, RECURSION],
  ...[COUNTS_PROBES, DROPS_PROBES, RESOLVER, RENDERED, LISTEN_ON, SCAN, QUERY_SOURCE],
  ...[CACHE, CLIENTS],
]
