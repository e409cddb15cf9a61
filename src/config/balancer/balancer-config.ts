// The typed form of [balancer]: services whose addresses are here, and the real servers behind them.
import type { Family } from '../../dns/probe.ts'

/** The schedulers of IPVS that keepalived 2.2 knows. */
export const SCHEDULERS = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'lblcr',
  'sh',
  'mh',
  'dh',
  'fo',
  'ovf',
  'sed',
  'nq',
  'twos',
] as const
export type Scheduler = (typeof SCHEDULERS)[number]

/** How a packet reaches a real server: direct routing, address translation, or a tunnel. */
export const FORWARDINGS = ['dr', 'nat', 'tun'] as const
export type Forwarding = (typeof FORWARDINGS)[number]

export interface BalancerConfig {
  /** A real server that comes back gets its weight in quarters over this time; 0 for at once. */
  readonly slowStartMs: number
  /** How long `drain --backend` waits for connections to end, at most. */
  readonly drainLimitMs: number
  /** Where probes are sent from, at most one a family; the kernel chooses for a family without. */
  readonly source: readonly FamilyAddress[]
  /** Whether real servers are asked for what they answer at the virtual addresses, too. */
  readonly checkVirtual: boolean
  /** The first of the source ports of those questions: see `src/balancer/marks.ts`. */
  readonly checkPorts: number
  readonly services: readonly BalancedService[]
}

/** A canonical address with its family. */
export interface FamilyAddress {
  readonly family: Family
  readonly address: string
}

/** What clients ask, and IPVS spreads over real servers, UDP and TCP alike. */
export interface BalancedService {
  readonly name: string
  /** Virtual addresses; each is a service address of some instance. */
  readonly addresses: readonly FamilyAddress[]
  readonly port: number
  readonly scheduler: Scheduler
  readonly forwarding: Forwarding
  /** How long a client stays with its real server, in whole seconds; 0 for none. */
  readonly persistenceMs: number
  /** Real servers that must be in the pool. */
  readonly quorum: number
  /** Asked while none is, at most one a family. */
  readonly sorry: readonly FamilyAddress[]
  /** Each UDP packet is scheduled anew (what IPVS calls "ops"). */
  readonly onePacket: boolean
  readonly servers: readonly RealServer[]
}

export interface RealServer {
  readonly name: string
  /** Exactly one of each family that the service has. */
  readonly addresses: readonly FamilyAddress[]
  /** What it weighs in IPVS when it is healthy, from 1 to 65535. */
  readonly weight: number
}

/** A backend's name, which is also its file's: `SERVICE.SERVER`. */
export function backendName(service: string, server: string): string {
  return `${service}.${server}`
}
