// A target: a local address and a transport, and where the address stands on the host.
import type { Family, Transport } from '../dns/probe.ts'

/** One address on one interface, as the kernel has it now. */
export interface LocalAddress {
  /** Canonical text form; link-local IPv6 carries its zone ("fe80::1%eth0"). */
  readonly address: string
  readonly family: Family
  readonly interface: string
  readonly loopback: boolean
  /** `tentative` and `dadfailed` are IPv6 states in which nothing can be bound to the address. */
  readonly state: 'ready' | 'tentative' | 'dadfailed'
  /**
   * When it came, or became ready after it had not been, on the core's clock; null when it was
   * there before the daemon started.
   */
  readonly sinceMs: number | null
}

export interface Target {
  readonly transport: Transport
  readonly address: string
  readonly family: Family
}

/** The target's name in logs, status and metrics: "udp/192.0.2.1". */
export function targetName(target: Pick<Target, 'transport' | 'address'>): string {
  return `${target.transport}/${target.address}`
}
