// The checks of the category "vrrp", in the order in which they are told.
import type { DoctorCheck } from '../doctor-check.ts'
import { ADVERT_MISMATCH_CHECKS } from './advert-mismatch.ts'
import { GROUP } from './groups.ts'
import { HEARS, INTERVALS, IS_HEARD, ONE_MASTER } from './masters.ts'

export const VRRP_CHECKS: readonly DoctorCheck[] = [
  ...[HEARS, IS_HEARD, ONE_MASTER, INTERVALS, GROUP],
  ...ADVERT_MISMATCH_CHECKS,
].toSorted((a, b) => a.code.localeCompare(b.code))
