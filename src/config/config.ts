// The typed configuration, all defaults filled in: the tables of the file, and what is made of some.
import type { Probe, Transport } from '../dns/probe.ts'
import type { BalancerConfig } from './balancer-table.ts'
import type { addressesTable, flapTable, timingTable } from './checks-table.ts'
import type { ElectionConfig, ServerAddresses } from './keepalived-table.ts'
import type { Output } from './key.ts'
import type { MetricsConfig } from './metrics-table.ts'
import type { NotifyConfig } from './notify-table.ts'
import type { ConfigDocument, InstanceTable, pathsTable } from './schema.ts'

export type { ElectionConfig } from './keepalived-table.ts'
export type { ListenAddress, MetricsConfig } from './metrics-table.ts'

export interface Config {
  readonly server: ServerConfig
  readonly clusters: readonly ClusterConfig[]
  readonly groups: readonly ProbeGroupConfig[]
  readonly addresses: AddressConfig
  readonly timing: TimingConfig
  readonly flap: FlapConfig
  readonly paths: PathConfig
  readonly daemon: DaemonConfig
  readonly notify: NotifyConfig
  /** Every server that there is, with its own addresses; none when the file does not say. */
  readonly servers: readonly ServerAddresses[]
  readonly election: ElectionConfig
  /** Names that are asked so that a server comes back with a full cache. */
  readonly cacheWarming: WarmConfig
  readonly metrics: MetricsConfig
  /** What this host spreads over real servers, or null where it is a DNS server itself. */
  readonly balancer: BalancerConfig | null
}

export interface ServerConfig {
  /** This server's name, as the order files spell it. */
  readonly name: string
  /** The daemon only observes: keepalived here does not use its priorities yet. */
  readonly shadow?: true
}

export interface ClusterConfig {
  readonly name: string
  readonly orderFile: string
  readonly instances: readonly InstanceConfig[]
}

export interface InstanceConfig extends Pick<InstanceTable, 'reverseOrder'> {
  readonly name: string
  /** Service addresses in canonical text form, without prefix lengths. */
  readonly addresses: readonly string[]
}

/** Probes that stand or fall together. */
export type ProbeGroupConfig = RequiredGroupConfig | UpstreamGroupConfig

interface GroupBase {
  readonly name: string
  readonly probes: readonly Probe[]
  readonly transports: readonly Transport[]
  /** How long one query may take. */
  readonly timeoutMs: number
}

/** Asked at every endpoint; one failure fails the server. */
export interface RequiredGroupConfig extends GroupBase {
  readonly kind: 'required'
}

/** Asked through one loopback address on a clock of its own; only ever degrades the server. */
export interface UpstreamGroupConfig extends GroupBase {
  readonly kind: 'upstream'
  /** The least number of its probes that must be answered well. */
  readonly quorum: number
  readonly intervalMs: number
  /** Check cycles below quorum before the group is down. */
  readonly fall: number
  /** Check cycles at quorum before it is up again. */
  readonly rise: number
}

export type AddressConfig = Output<typeof addressesTable>
export type TimingConfig = Output<typeof timingTable>
export type FlapConfig = Output<typeof flapTable>
export type PathConfig = Output<typeof pathsTable>
export type DaemonConfig = ConfigDocument['daemon']
export type WarmConfig = ConfigDocument['cacheWarming']
