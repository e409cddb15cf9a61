// The checks of the category "network", in the order in which they are told.
import type { Check } from '../check.ts'

export const NETWORK_CHECKS: readonly Check[] = []
