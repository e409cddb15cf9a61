// The checks of the category "holdfast", in the order in which they are told.
import type { Check } from '../check.ts'

export const HOLDFAST_CHECKS: readonly Check[] = []
