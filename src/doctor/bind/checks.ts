// The checks of the category "bind", in the order in which they are told.
import { type Check, skip } from '../check.ts'
import { isBalancer } from '../facts/balancer.ts'
import { findingOf } from '../finding.ts'
import { ANSWERS } from './answers.ts'
import { CACHE } from './cache.ts'
import { CLIENTS } from './clients.ts'
import { CONF } from './conf.ts'
import { OPTIONS } from './options.ts'
import { PRESENCE } from './presence.ts'
import { RATE_LIMIT } from './rate-limit.ts'
import { RECURSION } from './recursion.ts'
import { RENDERED } from './rendered.ts'
import { RESOLVER } from './resolver.ts'
import { SOCKETS } from './sockets.ts'

const ALL: readonly Check[] = [
  ...PRESENCE,
  ...SOCKETS,
  ...CONF,
  ...ANSWERS,
  ...RECURSION,
  ...RATE_LIMIT,
  ...RESOLVER,
  ...RENDERED,
  ...OPTIONS,
  ...CACHE,
  ...CLIENTS,
]

/** Behind a load balancer others answer. A DNS server on it, for itself, is nobody's to judge here. */
export const BIND_CHECKS: readonly Check[] = ALL.map((check) => ({
  ...check,
  run: async (host) =>
    (await isBalancer(host))
      ? skip('this host is a load balancer: its real servers answer')
      : findingOf(host, check),
}))
