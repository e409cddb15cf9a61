// Whether anybody but this host itself is served at the service addresses, by named's configuration.
import {
  type Cidr,
  contains,
  formatIp,
  type Ip,
  networkOf,
  parseCidr,
  parseIp,
} from '../../config/values/ip.ts'
import type { Family } from '../../dns/probe.ts'
import { bindCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { linesWith, type NamedStatement, namedFilesFact, statementsOf } from '../facts/named.ts'
import type { Host } from '../host.ts'
import { aclsIn, type Doors, eachOnce, type Refusal, refusalsOf } from './acl.ts'
import { optionsFact } from './address-options.ts'
import { REFUSED } from './answers.ts'
import { localnetsOf } from './rate-limit.ts'
import type { Plan } from './serving.ts'

export const CLIENTS = bindCheck({
  code: 'H421',
  title: 'named serves remote clients at the service addresses',
  severity: 'fail',
  explainedBy: [REFUSED],
  needs: { ground: optionsFact },
  async judge({ ground: { plan, statements, options } }, host) {
    if (goesByPlace(statements))
      return skip('its lists use geoip, which the doctor does not evaluate')
    const doors = { statements, options, world: worldOf(statements, plan) }
    const served = plan.serviceAddresses.map((at) => ({ at, ...bestFor(at, doors, plan) }))
    const shut = served.filter((client) => client.refusals.length > 0)
    const [first] = shut
    if (first === undefined) return ok(seenOf(served.map((entry) => entry.client)))
    const refusals = eachOnce(shut.flatMap((entry) => entry.refusals))
    const wantsWorld = plan.groups.some((group) => group.kind === 'upstream')
    if (!wantsWorld && isAuthoritative(statements, refusals))
      return skip('named is authoritative only (recursion no)')
    const lines = await Promise.all(refusals.map((refusal) => placed(host, refusal)))
    return trouble(
      `named refuses remote clients at ${shut.map((entry) => entry.at).join(', ')}: ${refusals.map((refusal) => refusal.text).join(', ')}`,
      [
        ...lines.map((line) => line.evidence),
        ...shut.map(({ at, client }) => `refused: a client such as ${client} at ${at}`),
      ],
      [
        ...refusals.map((refusal, index) => `# Write ${instead(refusal)} ${lines[index]?.where}`),
        'rndc reconfig',
      ],
    )
  },
})

function worldOf(statements: readonly NamedStatement[], plan: Plan) {
  const own = new Set([...plan.addresses.map(({ address }) => address), ...plan.serviceAddresses])
  const isLocalhost = (address: string) => own.has(address)
  return { acls: aclsIn(statements), isLocalhost, localnets: localnetsOf(plan.addresses) }
}

/** Of all clients the one that is kept out by least. */
function bestFor(
  at: string,
  doors: Doors,
  plan: Plan,
): { readonly client: string; readonly refusals: readonly Refusal[] } {
  const audience = audienceOf(at.includes(':') ? 6 : 4, doors.statements, plan)
  const tried = audience.map((client) => ({ client, refusals: refusalsOf(client, at, doors) }))
  const best = tried.toSorted((a, b) => a.refusals.length - b.refusals.length)[0]
  // Strangers are in every audience.
  if (best === undefined) throw new Error('there is nobody to ask')
  return tried.findLast((candidate) => candidate.refusals.length === 0) ?? best
}

function seenOf(clients: readonly string[]): string {
  return clients.every((client) => STRANGERS.includes(client))
    ? 'clients of any network'
    : `such as ${[...new Set(clients)].join(', ')}`
}

function goesByPlace(statements: readonly NamedStatement[]): boolean {
  return statements.some(
    ({ words, block }) =>
      /^!?geoip$/.test(words[0] ?? '') || (block !== null && goesByPlace(block)),
  )
}

/** Zones that Debian's configuration and holdfast have everywhere. */
const EVERYBODYS = /^(\.|localhost|(127|0|255)\.in-addr\.arpa|probe\.holdfast\.invalid)$/
const OWN_KINDS = ['primary', 'master', 'secondary', 'slave']

/** It resolves nothing, and has a zone that it serves by a list of its own where the usual one refuses. */
function isAuthoritative(
  statements: readonly NamedStatement[],
  refusals: readonly Refusal[],
): boolean {
  const lists = refusals.map(({ keyword }) => keyword).filter((word) => word !== 'recursion')
  if (lists.length === refusals.length) return false
  const views = statementsOf(statements, 'view').flatMap(({ block }) => block ?? [])
  return statementsOf([...statements, ...views], 'zone').some(({ words, block }) => {
    const [kind] = statementsOf(block, 'type')
    const isOwn = !EVERYBODYS.test(words[1] ?? '') && OWN_KINDS.includes(kind?.words[1] ?? '')
    return isOwn && lists.every((list) => statementsOf(block, list).length > 0)
  })
}

interface Placed {
  readonly evidence: string
  /** Where the new line goes. */
  readonly where: string
}

/** The configuration as named prints it has no lines: they are looked for in its files. */
async function placed(host: Host, { keyword, place, text, isWritten }: Refusal): Promise<Placed> {
  if (!isWritten)
    return {
      evidence: `not set, so named uses ${text}`,
      where: 'in options { } of named.conf',
    }
  const files = await namedFilesFact(host)
  const lines = files.flatMap(({ real }) => {
    const read = host.inspect.text(real)
    return read.ok ? linesWith(keyword, read.value).map((line) => `${real}:${line}`) : []
  })
  const [at = `${place} of named.conf`] = lines
  const more = lines.length > 1 ? ` (one of ${lines.join(', ')})` : ''
  return { evidence: `${at}: ${text}, in ${place}${more}`, where: `in place of ${at}` }
}

/** What would let in neighbours, to be completed by who knows the clients. */
function instead({ keyword }: Refusal): string {
  switch (keyword) {
    case 'blackhole':
      return 'blackhole { none; };'
    case 'recursion':
      return 'recursion yes;'
    case 'match-clients':
    case 'match-destinations':
      return `${keyword} { any; };`
    default:
      return keyword.endsWith('-on')
        ? `${keyword} { any; };`
        : `${keyword} { localhost; localnets; }; and the other networks of your clients,`
  }
}

/** Of no network of anybody's (RFC 5737, RFC 2544, RFC 3849, RFC 9637): whoever serves these serves the world. */
const STRANGERS: readonly string[] = [
  ...['203.0.113.77', '198.18.77.77', '2001:db8:ffff:77::77', '3fff:77::77'],
]

/** Addresses that only programs of this host can ask from. */
const INSIDE = ['127.0.0.0/8', '::1/128', 'fe80::/10'].flatMap((prefix) => parseCidr(prefix) ?? [])
/** From each end of a network: enough to find one that is neither a host's of ours nor taken out. */
const PER_END = 8

/** Possible clients of a family: neighbours first, then those of networks in lists, then strangers. */
export function audienceOf(
  family: Family,
  statements: readonly NamedStatement[],
  plan: Pick<Plan, 'addresses' | 'serviceAddresses' | 'servers'>,
): readonly string[] {
  const { addresses, serviceAddresses, servers } = plan
  const here = addresses.map(({ address }) => address)
  const own = new Set([...here, ...serviceAddresses, ...servers])
  const neighbours = addresses
    .filter((address) => !address.loopback)
    .flatMap(({ address, prefixLength }) => {
      return parseCidr(`${address.replace(/%.*/, '')}/${prefixLength}`) ?? []
    })
  const all = [...neighbours, ...networksIn(statements)]
    .filter((cidr) => cidr.address.family === family)
    .flatMap(someOf)
    .filter((ip) => !INSIDE.some((cidr) => contains(cidr, ip)))
    .map(formatIp)
  const strangers = STRANGERS.filter((stranger) => parseIp(stranger)?.family === family)
  return [...new Set([...all, ...strangers])].filter((stranger) => !own.has(stranger))
}

function networksIn(statements: readonly NamedStatement[]): readonly Cidr[] {
  return statements.flatMap(({ words, block }) => [
    ...words.flatMap((word) => parseCidr(word.replace(/^!/, '')) ?? []),
    ...(block === null ? [] : networksIn(block)),
  ])
}

function someOf(network: Cidr): readonly Ip[] {
  const { address, prefixLength } = networkOf(network)
  const size = 2 ** Math.min(32, address.bytes.length * 8 - prefixLength)
  if (size === 1) return [address]
  const steps = Array.from({ length: PER_END }, (_, index) => index + 1)
  const offsets = [...steps, ...steps.map((step) => size - 1 - step)]
  return [...new Set(offsets)]
    .filter((offset) => offset > 0 && offset < size)
    .map((offset) => plus(address, offset))
}

/** The offset is below 2^32. */
function plus(ip: Ip, offset: number): Ip {
  const bytes = Uint8Array.from(ip.bytes)
  let rest = offset
  for (let at = bytes.length - 1; at >= 0 && rest > 0; at--) {
    const sum = (bytes[at] ?? 0) + (rest % 256)
    bytes[at] = sum % 256
    rest = Math.floor(rest / 256) + Math.floor(sum / 256)
  }
  return { ...ip, bytes }
}
