// The checks of the category "balancer", in the order in which they are told.
import type { DoctorCheck } from '../doctor-check.ts'
import { SILENT } from './arp.ts'
import { HALVES, IPVS, MANNERS, SERVICES } from './ipvs-differences.ts'
import { ENDS, FORWARDS, LOCAL_ANSWERS, MARKED, MARKS } from './mark-rules.ts'
import { DRAINED, FAILED, QUORUM, UNDERSTOOD, VIRTUALS } from './real-servers.ts'
import { TELLS } from './sync.ts'
import { FILES, IN_TABLE, WATCH } from './weights.ts'

export const BALANCER_CHECKS: readonly DoctorCheck[] = [
  ...[IPVS, SERVICES, HALVES, MANNERS, IN_TABLE, WATCH, FILES, VIRTUALS],
  ...[QUORUM, FAILED, DRAINED, UNDERSTOOD, TELLS, ENDS, SILENT],
  ...[MARKS, MARKED, LOCAL_ANSWERS, FORWARDS],
]
