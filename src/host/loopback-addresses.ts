// The service addresses on the loopback interface, as `ip -batch` reads them.
import type { Config } from '../config/config.ts'

/**
 * A file for `ip -batch`: each service address on loopback, with the prefix length of a host, so that no
 * route comes with it; none where the config asks for no loopback service addresses. `replace` does no harm
 * to an address that is there already.
 */
export function renderLoopback(config: Config): string {
  const addresses = config.clusters.flatMap((cluster) =>
    cluster.instances.flatMap((instance) => instance.addresses),
  )
  const lines = config.addresses.serviceAddressesOnLoopback
    ? [...new Set(addresses)].map(loopbackLine)
    : []
  return [
    '# Rendered by "holdfast render-config": edit holdfast.toml and render again.',
    '# The service addresses that are on the loopback interface of every server, for "ip -batch".',
    ...lines,
    '',
  ].join('\n')
}

/** Another server has the same IPv6 address: detecting that duplicate would disable this one. */
export function loopbackLine(address: string): string {
  return address.includes(':')
    ? `address replace ${address}/128 dev lo nodad`
    : `address replace ${address}/32 dev lo`
}
