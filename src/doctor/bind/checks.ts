// The checks of the category "bind", in the order in which they are told.
import type { Check } from '../check.ts'
import { PRESENCE } from './presence.ts'
import { SOCKETS } from './sockets.ts'

export const BIND_CHECKS: readonly Check[] = [...PRESENCE, ...SOCKETS]
