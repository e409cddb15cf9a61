// A firewall's rules in one form, whether nftables or iptables has them: chains, conditions, actions.

/** What a rule may look at of a packet. `other` is all that is not understood here. */
export type Field =
  | 'iif'
  | 'oif'
  | 'family'
  | 'protocol'
  | 'source'
  | 'destination'
  | 'sport'
  | 'dport'
  | 'packetType'
  | 'state'
  | 'other'

/** One of the values that a condition allows. */
export type Value =
  /** An address, a name, a number in decimal; an interface may end in `*`. */
  | { readonly kind: 'one'; readonly text: string }
  | { readonly kind: 'network'; readonly cidr: string }
  | { readonly kind: 'ports'; readonly from: number; readonly to: number }
  /** Something that is not understood: it may match. */
  | { readonly kind: 'unknown' }

export interface Condition {
  readonly field: Field
  readonly negated: boolean
  /** Any of them. */
  readonly values: readonly Value[]
  /** The packet must be of this family, or of this protocol, for the field to be there at all. */
  readonly needsFamily?: 4 | 6
  readonly needsProtocol?: string
}

export type Action =
  | { readonly kind: 'accept' | 'drop' | 'reject' | 'return' | 'continue' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  /** It may do anything, such as send the packet elsewhere. */
  | { readonly kind: 'unknown' }

export interface Rule {
  readonly conditions: readonly Condition[]
  readonly action: Action
  /** Finds the rule again: the line of iptables-save, or the handle of nftables. */
  readonly label: string
}

export interface Chain {
  /** Unique among all chains of the host, as jumps name it. */
  readonly name: string
  /** For people: "table inet filter, chain input". */
  readonly title: string
  readonly base: Base | null
  readonly rules: readonly Rule[]
}

/** What makes a chain one that packets come by. */
export interface Base {
  readonly hook: 'ingress' | 'prerouting' | 'input' | 'output' | 'postrouting'
  readonly policy: 'accept' | 'drop'
  /** The only interface that it sees, for chains at ingress. */
  readonly device: string | null
  /** The only family that it sees, or null for both. */
  readonly family: 4 | 6 | null
}

export type Ruleset = readonly Chain[]

/** The other names that programs use for what the rules here call by one. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  112: 'vrrp',
  carp: 'vrrp',
  17: 'udp',
  6: 'tcp',
  1: 'icmp',
  58: 'ipv6-icmp',
  51: 'ah',
}

/** One name for a protocol, whatever it is called: "112" is "vrrp". */
export function protocolName(text: string): string {
  return PROTOCOLS[text] ?? text
}
