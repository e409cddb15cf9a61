// The lab's plan: which servers, clusters and addresses there are.

export interface InstanceSpec {
  readonly name: string
  /** VRRP's virtual router id. */
  readonly routerId: number
  /** Service addresses, IPv4 and IPv6. */
  readonly addresses: readonly string[]
  readonly direction: 'forward' | 'reverse'
  /** More lines for its table in holdfast.toml. */
  readonly toml?: string
}

export interface ClusterSpec {
  readonly name: string
  /** The servers by preference; all of the lab's when it is left out. */
  readonly order?: readonly string[]
  readonly instances: readonly InstanceSpec[]
}

/** One instance with one IPv4 and one IPv6 service address. */
export const ONE_INSTANCE: readonly ClusterSpec[] = [
  { name: 'recdns', instances: [instanceSpec('recdns0', 53, 'forward')] },
]

/** Two instances that read the order from opposite ends, so that two servers share the work. */
export const TWO_INSTANCES: readonly ClusterSpec[] = [
  {
    name: 'recdns',
    instances: [instanceSpec('recdns0', 53, 'forward'), instanceSpec('recdns1', 54, 'reverse')],
  },
]

/** An instance with the service addresses 192.0.2.NUMBER and 2001:db8::NUMBER. */
export function instanceSpec(
  name: string,
  number: number,
  direction: 'forward' | 'reverse',
): InstanceSpec {
  const addresses = [`192.0.2.${number}`, `2001:db8::${number}`]
  return { name, routerId: number, addresses, direction }
}

export const UPSTREAM = { name: 'upstream', v4: '192.0.2.2', v6: '2001:db8::2' } as const
export const CLIENT = { name: 'client', v4: '192.0.2.100', v6: '2001:db8::100' } as const

/** A server's own addresses: 192.0.2.11 and 2001:db8::11 for the first one, and so on. */
export function ownAddresses(index: number): { readonly v4: string; readonly v6: string } {
  return { v4: `192.0.2.${11 + index}`, v6: `2001:db8::${11 + index}` }
}

export function serviceAddresses(clusters: readonly ClusterSpec[]): string[] {
  return clusters.flatMap((cluster) => cluster.instances).flatMap((instance) => instance.addresses)
}
