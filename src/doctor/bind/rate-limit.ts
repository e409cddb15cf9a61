// Whether named's response rate limit counts the daemon's probes, by its configuration.
import { type Cidr, contains, networkOf, parseIp } from '../../config/values/ip.ts'
import { bindCheck } from '../categories.ts'
import { type Finding, isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { type NamedStatement, namedConfFact, optionsOf, statementsOf } from '../facts/named.ts'
import { fact } from '../host.ts'
import { aclMatches, aclsIn } from './acl.ts'
import { type Plan, planFact, runningNamedFact } from './serving.ts'

type RateLimit =
  | { readonly kind: 'none'; readonly why: string; readonly sound: boolean }
  | {
      readonly kind: 'counts'
      /** What has the limit: "options", or a view. */
      readonly place: string
      readonly limit: Limit
      /** Local and service addresses that are not exempt. */
      readonly counted: readonly string[]
      /** The most responses a second that the probes at one client network need. */
      readonly demand: number
    }

interface Limit {
  readonly option: string
  readonly perS: number
}

const DEFAULT_PREFIX = { 4: 24, 6: 56 } as const

/** The first limit that counts probes. */
export const rateLimitFact = fact(async (host): Promise<RateLimit> => {
  const nothing = (why: string, sound = false): RateLimit => ({ kind: 'none', why, sound })
  const named = await runningNamedFact(host)
  if (isSkip(named)) return nothing(named.why)
  const [conf, plan] = await Promise.all([namedConfFact(host), planFact(host)])
  if (conf.kind === 'refused')
    return nothing('because of H405: named-checkconf rejects the configuration')
  if (conf.kind === 'unreadable') return nothing(conf.why)
  if (isSkip(plan)) return nothing(plan.why)
  const scopes = limitedScopes(conf.statements, optionsOf(conf))
  if (scopes.length === 0) return nothing('named has no rate limits', true)
  for (const scope of scopes) {
    const counted = countedBy(scope.block, aclsIn(conf.statements), plan)
    if (counted.length === 0) continue
    const local = new Set(plan.addresses.map((address) => address.address))
    const asked = counted.filter((address) => local.has(address))
    const demand = demandOn(scope, asked, plan)
    return { kind: 'counts', place: scope.place, limit: scope.limit, counted, demand }
  }
  return nothing('this server’s addresses are exempt', true)
})

interface Scope {
  readonly place: string
  readonly block: readonly NamedStatement[]
  readonly limit: Limit
}

/** A view has its own limit, or that of the options. */
function limitedScopes(
  statements: readonly NamedStatement[],
  options: readonly NamedStatement[],
): readonly Scope[] {
  const views = statementsOf(statements, 'view')
  const places = views.map((view) => ({
    place: `view "${view.words[1] ?? ''}"`,
    own: statementsOf(view.block, 'rate-limit')[0],
  }))
  const common = statementsOf(options, 'rate-limit')[0]
  const all = places.length === 0 ? [{ place: 'options', own: common }] : places
  return all.flatMap(({ place, own }) => {
    const block = (own ?? common)?.block ?? []
    const limit = limitIn(block)
    return limit === null ? [] : [{ place, block, limit }]
  })
}

/** The lowest of those that count good answers; 0 is none, which is named's default. */
function limitIn(block: readonly NamedStatement[]): Limit | null {
  if (optionIn(block, 'log-only') === 'yes') return null
  const limits = ['responses-per-second', 'all-per-second']
    .map((option) => ({ option, perS: Number(optionIn(block, option) ?? 0) }))
    .filter(({ perS }) => perS > 0)
  return limits.toSorted((a, b) => a.perS - b.perS)[0] ?? null
}

function optionIn(block: readonly NamedStatement[], option: string): string | undefined {
  return statementsOf(block, option)[0]?.words[1]
}

function countedBy(
  block: readonly NamedStatement[],
  acls: ReturnType<typeof aclsIn>,
  { addresses, serviceAddresses, onLoopback }: Plan,
): readonly string[] {
  const exempt = statementsOf(block, 'exempt-clients')[0]?.block ?? []
  // Those that come and go were not there when named made its list.
  const isLocalhost = (address: string) => onLoopback || !serviceAddresses.includes(address)
  const world = { acls, isLocalhost, localnets: localnetsOf(addresses) }
  const all = new Set([...addresses.map((address) => address.address), ...serviceAddresses])
  return [...all].filter((address) => !aclMatches(exempt, address, world))
}

export function localnetsOf(addresses: Plan['addresses']): readonly Cidr[] {
  return addresses.flatMap(({ address, prefixLength }) => {
    const ip = parseIp(address)
    return ip === null ? [] : [networkOf({ address: ip, prefixLength })]
  })
}

/** Addresses of one client network share what the limit allows; equal questions do, or all of them. */
function demandOn({ block, limit }: Scope, counted: readonly string[], plan: Plan): number {
  const groups = plan.groups.filter(
    ({ kind, transports }) => kind === 'required' && transports.includes('udp'),
  )
  const probes = groups.reduce((sum, group) => sum + group.probes.length, 0)
  const questions = limit.option === 'all-per-second' ? probes : Math.min(1, probes)
  const ips = counted.map((address) => parseIp(address)).filter((ip) => ip !== null)
  const neighbours = ips.map((ip) => {
    const option = ip.family === 4 ? 'ipv4-prefix-length' : 'ipv6-prefix-length'
    const prefixLength = Number(optionIn(block, option) ?? DEFAULT_PREFIX[ip.family])
    return ips.filter((other) => contains({ address: ip, prefixLength }, other)).length
  })
  return (Math.max(0, ...neighbours) * questions * 1000) / plan.periodMs
}

/** Whether probes are lost for it, not just counted. */
export function hitsProbes(limit: RateLimit): boolean {
  return limit.kind === 'counts' && limit.demand > limit.limit.perS
}

export const COUNTS_PROBES = bindCheck({
  code: 'H413',
  title: "RRL exempts this server's addresses",
  severity: 'warn',
  needs: { limit: rateLimitFact },
  judge: ({ limit }) => judgeLimit(limit, false),
})

export const DROPS_PROBES = bindCheck({
  code: 'H414',
  title: "RRL lets this server's probes through",
  severity: 'fail',
  needs: { limit: rateLimitFact },
  judge: ({ limit }) => judgeLimit(limit, true),
})

function judgeLimit(limit: RateLimit, hits: boolean): Finding {
  if (limit.kind === 'none') return limit.sound ? ok(limit.why) : skip(limit.why)
  const { option, perS } = limit.limit
  const room = `${limit.demand} probes per second, ${option} ${perS}`
  if (hits !== hitsProbes(limit)) return hits ? ok(room) : skip('because of H414: RRL drops probes')
  const [first] = limit.counted
  return trouble(
    hits
      ? `RRL drops probes: ${room}`
      : `RRL does not exempt ${first}, although no probe is lost yet: ${room}`,
    [
      `rate-limit in ${limit.place}: ${option} ${perS}`,
      `exempt-clients does not match ${limit.counted.join(', ')}`,
    ],
    [
      "named-checkconf -p | grep -A9 'rate-limit'",
      `# Add to exempt-clients in rate-limit: localhost; ${limit.counted.map((address) => `${address};`).join(' ')}`,
      'rndc reconfig',
    ],
  )
}
