// The checks of the category "vrrp", in the order in which they are told.
import type { Check } from '../check.ts'
import { electedOnly } from '../keepalived/elected.ts'
import { ADVERT_MISMATCH_CHECKS } from './advert-mismatch.ts'
import { GROUP } from './groups.ts'
import { HEARS, IS_HEARD } from './hearing.ts'
import { INTERVALS, ONE_MASTER } from './masters.ts'

const ALL: readonly Check[] = [
  HEARS,
  IS_HEARD,
  ONE_MASTER,
  ...ADVERT_MISMATCH_CHECKS,
  INTERVALS,
  GROUP,
]

export const VRRP_CHECKS: readonly Check[] = ALL.toSorted((a, b) =>
  a.code.localeCompare(b.code),
).map(electedOnly)
