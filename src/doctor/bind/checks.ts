// The checks of the category "bind", in the order in which they are told.
import type { Check } from '../check.ts'
import { ANSWERS } from './answers.ts'
import { CONF } from './conf.ts'
import { OPTIONS } from './options.ts'
import { PRESENCE } from './presence.ts'
import { RATE_LIMIT } from './rate-limit.ts'
import { RECURSION } from './recursion.ts'
import { RENDERED } from './rendered.ts'
import { RESOLVER } from './resolver.ts'
import { SOCKETS } from './sockets.ts'

export const BIND_CHECKS: readonly Check[] = [
  ...PRESENCE,
  ...SOCKETS,
  ...CONF,
  ...ANSWERS,
  ...RECURSION,
  ...RATE_LIMIT,
  ...RESOLVER,
  ...RENDERED,
  ...OPTIONS,
]
