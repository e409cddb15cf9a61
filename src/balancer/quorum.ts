// The balancer's own health: whether each of its services has as many real servers as it needs.
import type { BalancerConfig } from '../config/balancer-table.ts'
import type { Config } from '../config/config.ts'
import type { LocalAddress } from '../core/check.ts'
import type { CoreConfig, RequiredConfig } from '../core/core-config.ts'
import type { AddressesEvent } from '../core/event.ts'

/** What a status has in place of an interface: every balancer can serve an address that VRRP gives it. */
const IPVS = 'ipvs'

/** Counted once at each virtual address, which a status calls "udp/ADDRESS". */
const SERVICES: RequiredConfig = {
  name: 'services',
  kind: 'required',
  transports: ['udp'],
  timeoutMs: 1000,
  probes: [{ kind: 'quorum' }],
}

/**
 * The config that the balancer's own core goes by: its endpoints are the virtual addresses, one after
 * the other, and each passes while the services there have their quorum.
 */
export function ownConfig(config: Config, balancer: BalancerConfig): CoreConfig {
  const virtual = virtualAddresses(balancer).map(({ address }) => address)
  const others = config.clusters
    .flatMap((cluster) => cluster.instances.flatMap((instance) => instance.addresses))
    .filter((address) => !virtual.includes(address))
  return {
    ...config,
    groups: [SERVICES],
    addresses: { ...config.addresses, exclude: others, excludeInterfaces: [] },
  }
}

/**
 * The kernel's table as the balancer's own core sees it: the service addresses that are here, for
 * they say what is held, and every virtual address, whether it is here or not.
 */
export function ownTable(
  { addresses, removed }: Pick<AddressesEvent, 'addresses' | 'removed'>,
  config: Config,
  balancer: BalancerConfig,
): Pick<AddressesEvent, 'addresses' | 'removed'> {
  const service = new Set(
    config.clusters.flatMap((cluster) =>
      cluster.instances.flatMap((instance) => instance.addresses),
    ),
  )
  const virtual = virtualAddresses(balancer).map(
    ({ address, family }): LocalAddress => ({
      address,
      family,
      interface: IPVS,
      loopback: true,
      state: 'ready',
      sinceMs: null,
    }),
  )
  return {
    addresses: [...virtual, ...addresses.filter(({ address }) => service.has(address))],
    removed: removed.filter(({ address }) => service.has(address)),
  }
}

/** Each once, however many ports of it are balanced. */
function virtualAddresses({ services }: BalancerConfig) {
  const all = services.flatMap((service) => service.addresses)
  return [...new Map(all.map((address) => [address.address, address])).values()]
}

/** How many real servers of a service are in the pool. */
export interface ServiceCount {
  readonly service: string
  readonly inPool: number
  readonly of: number
  readonly quorum: number
}

/** What is wrong with these services, or null where each has its quorum. */
export function quorumTrouble(counts: readonly ServiceCount[]): string | null {
  const short = counts.filter(({ inPool, quorum }) => inPool < quorum)
  if (short.length === 0) return null
  return short
    .map(({ service, inPool, of, quorum }) => {
      const servers = of === 1 ? 'real server' : 'real servers'
      return `service ${service}: ${inPool} of ${of} ${servers} in the pool, ${quorum} needed`
    })
    .join('; ')
}
