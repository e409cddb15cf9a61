// What becomes of a packet in a firewall, as far as that can be said for sure.
import { contains, parseCidr } from '../../config/values/cidr.ts'
import { parseIp } from '../../config/values/ip.ts'
import type { Action, Base, Chain, Condition, Rule, Ruleset, Value } from './rules.ts'

/** A packet that comes from or goes to another host. What is null could be anything. */
export interface Packet {
  readonly direction: 'in' | 'out'
  readonly interface: string
  readonly family: 4 | 6
  /** "vrrp", "udp", "tcp". */
  readonly protocol: string
  readonly source: string | null
  readonly destination: string | null
  readonly dport: number | null
  readonly packetType: 'unicast' | 'multicast'
}

export type Verdict =
  /** Nothing here drops it for sure. */
  | { readonly kind: 'passes' }
  /** `rule` is null for a chain's policy. */
  | { readonly kind: 'dropped'; readonly chain: Chain; readonly rule: Rule | null }

const HOOKS: Readonly<Record<Packet['direction'], readonly Base['hook'][]>> = {
  in: ['ingress', 'prerouting', 'input'],
  out: ['output', 'postrouting'],
}

/** Jumps may be nested by no more than this in nftables; rules of a broken ruleset could circle. */
const DEEPEST = 16

/**
 * A packet is dropped when one of the chains that it comes by drops it, whatever the others say.
 * Only what is certain counts: a rule that may match, and would accept, ends the search in a chain
 * without a judgement, and one that may match, and would drop, is passed over.
 */
export function judge(ruleset: Ruleset, packet: Packet): Verdict {
  const chains = new Map(ruleset.map((chain) => [chain.name, chain]))
  for (const chain of ruleset) {
    const { base } = chain
    if (base === null || !HOOKS[packet.direction].includes(base.hook)) continue
    if (base.device !== null && base.device !== packet.interface) continue
    if (base.family !== null && base.family !== packet.family) continue
    const end = walk(chain, packet, chains, 0)
    if (end.kind === 'dropped') return end
    if (end.kind === 'through' && base.policy === 'drop') {
      return { kind: 'dropped', chain, rule: null }
    }
  }
  return { kind: 'passes' }
}

type End =
  | { readonly kind: 'dropped'; readonly chain: Chain; readonly rule: Rule }
  | { readonly kind: 'accepted' }
  /** No rule of the chain decided. */
  | { readonly kind: 'through' }
  /** Another packet of the kind could be accepted here. */
  | { readonly kind: 'unsure' }

function walk(
  chain: Chain,
  packet: Packet,
  chains: ReadonlyMap<string, Chain>,
  depth: number,
): End {
  if (depth > DEEPEST) return { kind: 'unsure' }
  for (const rule of chain.rules) {
    const match = matchAll(rule.conditions, packet)
    if (match === 'no') continue
    const end = outcomeOf(rule.action, chain, rule, packet, chains, depth)
    if (end === null) continue
    if (match === 'yes') return end
    // It may match: what it would drop may come through, what it would accept may not.
    if (end.kind !== 'dropped') return { kind: 'unsure' }
  }
  return { kind: 'through' }
}

/** Null for an action after which the chain goes on. */
function outcomeOf(
  action: Action,
  chain: Chain,
  rule: Rule,
  packet: Packet,
  chains: ReadonlyMap<string, Chain>,
  depth: number,
): End | null {
  switch (action.kind) {
    case 'drop':
    case 'reject':
      return { kind: 'dropped', chain, rule }
    case 'accept':
      return { kind: 'accepted' }
    case 'return':
      return { kind: 'through' }
    case 'continue':
      return null
    case 'unknown':
      return { kind: 'unsure' }
    case 'jump':
    case 'goto': {
      const target = chains.get(action.chain)
      const end: End = target ? walk(target, packet, chains, depth + 1) : { kind: 'unsure' }
      return end.kind === 'through' && action.kind === 'jump' ? null : end
    }
    default:
      return action satisfies never
  }
}

type Match = 'yes' | 'no' | 'maybe'

function matchAll(conditions: readonly Condition[], packet: Packet): Match {
  const matches = conditions.map((condition) => matchOne(condition, packet))
  if (matches.includes('no')) return 'no'
  return matches.includes('maybe') ? 'maybe' : 'yes'
}

function matchOne(condition: Condition, packet: Packet): Match {
  const { needsFamily, needsProtocol, negated } = condition
  if (needsFamily !== undefined && needsFamily !== packet.family) return 'no'
  if (needsProtocol !== undefined && needsProtocol !== packet.protocol) return 'no'
  const any = condition.values.map((value) => matchValue(condition, value, packet))
  const match = any.includes('yes') ? 'yes' : any.includes('maybe') ? 'maybe' : 'no'
  if (!negated || match === 'maybe') return match
  return match === 'yes' ? 'no' : 'yes'
}

function matchValue({ field }: Condition, value: Value, packet: Packet): Match {
  if (value.kind === 'unknown') return 'maybe'
  switch (field) {
    case 'iif':
      return packet.direction === 'in' ? matchName(value, packet.interface) : 'no'
    case 'oif':
      return packet.direction === 'out' ? matchName(value, packet.interface) : 'no'
    case 'family':
      return matchName(value, packet.family === 4 ? 'ipv4' : 'ipv6')
    case 'protocol':
      return matchName(value, packet.protocol)
    case 'packetType':
      return matchName(value, packet.packetType)
    // The first packet of somebody who asks, and every advert: multicast is never answered.
    case 'state':
      return matchName(value, 'new')
    case 'source':
      return matchAddress(value, packet.source)
    case 'destination':
      return matchAddress(value, packet.destination)
    case 'dport':
      return packet.dport === null ? 'no' : matchPort(value, packet.dport)
    case 'sport':
    case 'other':
      return 'maybe'
    default:
      return field satisfies never
  }
}

function matchName(value: Value, name: string): Match {
  if (value.kind !== 'one') return 'maybe'
  const { text } = value
  const isSame = text.endsWith('*') ? name.startsWith(text.slice(0, -1)) : name === text
  return isSame ? 'yes' : 'no'
}

function matchPort(value: Value, port: number): Match {
  if (value.kind === 'ports') return value.from <= port && port <= value.to ? 'yes' : 'no'
  if (value.kind !== 'one') return 'maybe'
  return value.text === String(port) || (port === 53 && value.text === 'domain') ? 'yes' : 'no'
}

function matchAddress(value: Value, address: string | null): Match {
  if (value.kind === 'ports' || value.kind === 'unknown') return 'maybe'
  const cidr = parseCidr(value.kind === 'network' ? value.cidr : value.text)
  if (cidr === null) return 'maybe'
  if (address === null) return cidr.prefixLength === 0 ? 'yes' : 'maybe'
  const ip = parseIp(address)
  return ip !== null && contains(cidr, ip) ? 'yes' : 'no'
}
