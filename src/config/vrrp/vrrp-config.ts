// What render-config needs to know of VRRP: the typed form of [keepalived], [servers] and instances.
import type { Family } from '../../dns/probe.ts'
import type { BalancerConfig } from '../balancer/balancer-config.ts'

/** How keepalived learns what the daemon decided. */
export const VRRP_MODES = ['track_file', 'track_script'] as const
export type VrrpMode = (typeof VRRP_MODES)[number]

/** A prefix length stands behind each address here: keepalived puts it on an interface. */
export interface ServiceAddress {
  readonly family: Family
  /** The canonical address. */
  readonly address: string
  readonly prefixLength: number
}

export interface VrrpInstance {
  readonly name: string
  readonly addresses: readonly ServiceAddress[]
  readonly interface: string
  readonly routerId: number
  readonly useVmac: boolean
  /** Whether IPv6 addresses beside IPv4 ones move along, or in an instance of their own. */
  readonly v6: 'excluded' | 'instance'
  /** Lines for its vrrp_instance, as the operator wrote them. */
  readonly extra: readonly string[]
}

/** A server that the order files may name, with its own addresses, the first of a family first. */
export interface ServerAddresses {
  readonly name: string
  readonly addresses: readonly { readonly family: Family; readonly address: string }[]
}

/** Lines that an operator passes through, by keepalived's name for the block; `file` is outside all. */
export interface VrrpExtra {
  readonly file: readonly string[]
  readonly global_defs: readonly string[]
  readonly vrrp_script: readonly string[]
  readonly vrrp_sync_group: readonly string[]
  readonly vrrp_instance: readonly string[]
}

/** All that keepalived.conf is made of, but for the secret. */
export interface VrrpConfig {
  readonly mode: VrrpMode
  readonly version: 2 | 3
  readonly advertMs: number
  readonly transport: 'multicast' | 'unicast'
  /** The user that keepalived runs scripts as. */
  readonly scriptUser: string
  /** Where the holdfast executable is. */
  readonly program: string
  /** How often keepalived asks `check`. */
  readonly checkIntervalMs: number
  readonly notify: boolean
  /** The file that holds the VRRPv2 password, or null for none. */
  readonly secretFile: string | null
  readonly extra: VrrpExtra
  readonly instances: readonly VrrpInstance[]
  /** Every server that there is, whether it is in service or not; none when the file does not say. */
  readonly servers: readonly ServerAddresses[]
  /** What IPVS is to balance here, or null on a host that balances nothing. */
  readonly balancer: BalancerConfig | null
}
