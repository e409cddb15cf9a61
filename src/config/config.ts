// The typed configuration, all defaults filled in. Durations are milliseconds.
import type { Probe, Transport } from '../dns/probe.ts'
import type { BalancerConfig } from './balancer/balancer-config.ts'
import type { NotifyConfig } from './notify/notify-config.ts'
import type { ServerAddresses, VrrpMode } from './vrrp/vrrp-config.ts'

export interface Config {
  readonly server: ServerConfig
  readonly pools: readonly PoolConfig[]
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
  readonly warm: WarmConfig
  readonly metrics: MetricsConfig
  /** What this host spreads over real servers, or null where it is a DNS server itself. */
  readonly balancer: BalancerConfig | null
}

export interface ServerConfig {
  /** This server's name, as the order files spell it. */
  readonly name: string
}

export interface PoolConfig {
  readonly name: string
  readonly orderFile: string
  readonly instances: readonly InstanceConfig[]
}

export interface InstanceConfig {
  readonly name: string
  /** Service addresses in canonical text form, without prefix lengths. */
  readonly addresses: readonly string[]
  readonly direction: 'forward' | 'reverse'
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

/** Asked at every target; one failure fails the server. */
export interface RequiredGroupConfig extends GroupBase {
  readonly kind: 'required'
}

/** Asked through one loopback address on a clock of its own; only ever degrades the server. */
export interface UpstreamGroupConfig extends GroupBase {
  readonly kind: 'upstream'
  /** The least number of its probes that must be answered well. */
  readonly quorum: number
  readonly periodMs: number
  /** Rounds below quorum before the group is down. */
  readonly fall: number
  /** Rounds at quorum before it is up again. */
  readonly rise: number
}

export interface AddressConfig {
  /** Names of interfaces to leave out; `*` matches any run of characters. */
  readonly excludeInterfaces: readonly string[]
  /** Addresses to leave out, in CIDR form. */
  readonly exclude: readonly string[]
  /** The service addresses also live on every server's loopback interface. */
  readonly standing: boolean
  /** The age under which an address's failures are ignored. */
  readonly graceMs: number
  /** How often the address table is read whole, besides the kernel's events. */
  readonly resyncMs: number
}

export interface TimingConfig {
  /** From one sweep of a healthy server to the next. */
  readonly periodMs: number
  /** A query is never late before this age, however fast the history is. */
  readonly lateMs: number
  /** How many more times a target that errs or is late is asked. */
  readonly confirm: number
  /** The confirming queries are sent over this time. */
  readonly confirmSpreadMs: number
  /** Queries under way at once, at most. */
  readonly maxInFlight: number
}

export interface FlapConfig {
  /** Failing sweeps before a healthy server is failed. */
  readonly fall: number
  /** Consecutive passes that clear failures counted below `fall`. */
  readonly okAfter: number
  /** Consecutive passes before a failed server is healthy. */
  readonly rise: number
  /** The same for a server that holds a service address. */
  readonly riseHolder: number
  readonly backoffMinMs: number
  readonly backoffMaxMs: number
  /** After an address went, the backoff does not decay for this long. */
  readonly holdDownMs: number
  /** Clean time after the first relapse before a server has its rank back; 0 for none. */
  readonly probationMs: number
  readonly probationMaxMs: number
  /** How long a server on probation may fail in one piece after its first relapse. */
  readonly patienceMs: number
  readonly patienceMaxMs: number
}

export interface PathConfig {
  /** status.json and priority/INSTANCE live here. */
  readonly runDir: string
  /** override.json, spool and history live here. */
  readonly stateDir: string
}

/** What keepalived's election is like: how soon a backup takes over. */
export interface ElectionConfig {
  readonly mode: VrrpMode
  readonly version: 2 | 3
  readonly advertMs: number
}

/** Names that are asked so that a server comes back with a full cache. */
export interface WarmConfig {
  /** One "NAME TYPE" a line, or null for none. */
  readonly namesFile: string | null
  /** Queries a second before a server takes its rank back. */
  readonly ratePerS: number
  /** The same while it is a standby; 0 for none. */
  readonly standbyRatePerS: number
  /** How long warming may delay a return. */
  readonly limitMs: number
}

/** Where what has been counted can be had. */
export interface MetricsConfig {
  /** Written for node_exporter to read, or null for none. */
  readonly textfile: string | null
  readonly everyMs: number
  /** Where the metrics and the page can be asked for, or null for nowhere. */
  readonly listen: ListenAddress | null
}

/** On the loopback interface. */
export interface ListenAddress {
  readonly address: string
  readonly port: number
}

export interface DaemonConfig {
  /** What `check --ensure` runs when the status is stale: program and arguments. */
  readonly startCommand: readonly string[]
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug'
}
