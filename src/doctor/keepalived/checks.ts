// The checks of the category "keepalived", in the order in which they are told.
import type { Check } from '../check.ts'

export const KEEPALIVED_CHECKS: readonly Check[] = []
