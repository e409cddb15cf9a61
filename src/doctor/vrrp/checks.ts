// The checks of the category "vrrp", in the order in which they are told.
import type { Check } from '../check.ts'

export const VRRP_CHECKS: readonly Check[] = []
