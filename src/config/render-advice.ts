// What is allowed in the VRRP config and seldom meant: said, but not refused.
import { contains, formatCidr, networkOf, parseCidr } from './values/cidr.ts'
import { parseIp } from './values/ip.ts'
import type { ServiceAddress, VrrpConfig } from './vrrp-config.ts'

/** One sentence each. */
export function adviceOn(vrrp: VrrpConfig): readonly string[] {
  return [...adviceOnSources(vrrp), ...adviceOnSchedulers(vrrp)]
}

/**
 * A scheduler that goes by the address that was asked has one to go by, so that all queries go to one
 * real server; and dh goes on with that when it weighs nothing.
 */
function adviceOnSchedulers({ balancer }: VrrpConfig): readonly string[] {
  const services = balancer?.services.filter((service) => service.scheduler === 'dh') ?? []
  return services.map(
    ({ name }) =>
      `service ${name}: dh sends all queries for an address to one real server, ` +
      'and goes on with that when it is out; write scheduler = "wrr"',
  )
}

/**
 * IPv4 service addresses that would be the source of this host's own queries: the first address of
 * a network on an interface is, for all that goes there, and no server has one of its own in it.
 *
 * @returns one sentence each; none where the file does not say which addresses the servers have
 */
function adviceOnSources(vrrp: VrrpConfig): readonly string[] {
  const own = vrrp.servers
    .flatMap((server) => server.addresses)
    .filter((address) => address.family === 4)
  if (own.length === 0) return []
  return vrrp.instances.flatMap((instance) =>
    instance.addresses.flatMap((service) => {
      const network = networkAlone(service, own)
      if (network === null) return []
      return [
        `${service.address}/${service.prefixLength} of ${instance.name}: no server has an address in ${network}, ` +
          `so its holder's own queries to that network would come from there; write ${service.address}/32`,
      ]
    }),
  )
}

function networkAlone(
  { family, address, prefixLength }: ServiceAddress,
  own: readonly { readonly address: string }[],
): string | null {
  const cidr = parseCidr(`${address}/${prefixLength}`)
  if (family === 6 || prefixLength === 32 || cidr === null) return null
  const network = networkOf(cidr)
  const isShared = own.some((entry) => {
    const ip = parseIp(entry.address)
    return ip !== null && contains(network, ip)
  })
  return isShared ? null : formatCidr(network)
}
