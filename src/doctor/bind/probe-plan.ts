// What the daemon asks of this host's DNS server, worked out without the daemon.
import { buildGroups } from '../../config/build.ts'
import { addressesTable } from '../../config/checks-table.ts'
import type { AddressConfig, ProbeGroupConfig } from '../../config/config.ts'
import { addressFilter } from '../../core/probed-addresses.ts'
import type { Target } from '../../core/target.ts'
import type { Transport } from '../../dns/probe.ts'
import { isSkip, type Skip } from '../doctor-check.ts'
import { addressesFact, type HostAddress } from '../facts/ip-addresses.ts'
import { configFact, serviceAddressesIn } from '../facts/loaded-config.ts'
import { fact } from '../host.ts'

/** The words of a configuration, or of the defaults where it cannot be used. */
export interface Plan {
  /** Local addresses that are probed, each once; those that nothing can be bound to are left out. */
  readonly addresses: readonly HostAddress[]
  readonly groups: readonly ProbeGroupConfig[]
  /** Of all instances; none without a configuration. */
  readonly serviceAddresses: readonly string[]
  /** The addresses of [servers], this one among them. */
  readonly servers: readonly string[]
  readonly standing: boolean
  readonly periodMs: number
}

type Filter = Pick<AddressConfig, 'exclude' | 'excludeInterfaces'>

export const planFact = fact(async (host): Promise<Plan | Skip> => {
  const [all, usable] = await Promise.all([addressesFact(host), configFact(host)])
  if (isSkip(all)) return all
  const config = isSkip(usable) ? null : usable
  const filter = config?.addresses ?? addressesTable.defaults
  return {
    addresses: probed(all, filter),
    groups: config?.groups ?? buildGroups({}),
    serviceAddresses: config === null ? [] : [...serviceAddressesIn(config)],
    servers: (config?.servers ?? []).flatMap((server) =>
      server.addresses.map((one) => one.address),
    ),
    standing: filter.standing,
    periodMs: config?.timing.periodMs ?? 1000,
  }
})

function probed(addresses: readonly HostAddress[], filter: Filter): readonly HostAddress[] {
  const isProbed = addressFilter(filter)
  const ready = addresses.filter((address) => address.state === 'ready' && isProbed(address))
  // A standing address that this server holds is on two interfaces.
  return [...new Map(ready.map((hostAddress) => [hostAddress.address, hostAddress])).values()]
}

/** Every transport that some required probe uses, at every address. */
export function targetsOf({ addresses, groups }: Plan): readonly Target[] {
  const used = new Set<Transport>()
  for (const group of groups) {
    if (group.kind === 'required') for (const transport of group.transports) used.add(transport)
  }
  return addresses.flatMap(({ address, family }) =>
    [...used].map((transport) => ({ transport, address, family })),
  )
}
