// Service addresses on the loopback interface: there, whole, and only where the configuration wants them.
import { loopbackLine } from '../../host/loopback-addresses.ts'
import { networkCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import {
  deletion,
  describeAddress,
  isLoopback,
  type Link,
  type LinkAddress,
  linksFact,
} from '../facts/ip-command.ts'
import { configFact, serviceAddressesIn } from '../facts/loaded-config.ts'

/** `replace` does no harm to an address that is there. */
function addition(address: string): string {
  return `ip ${loopbackLine(address)}`
}

const LASTING = '# Permanently: run the output of "holdfast render-config loopback" at boot.'

export const ON_LOOPBACK = networkCheck({
  code: 'H503',
  title: 'Loopback service addresses are on lo',
  severity: 'fail',
  needs: { config: configFact, links: linksFact },
  judge({ config, links }, host) {
    if (!config.addresses.serviceAddressesOnLoopback)
      return skip('loopback service addresses are off')
    const here = new Set(onLoopback(links).map((address) => address.address))
    const wanted = [...serviceAddressesIn(config)]
    const missing = wanted.filter((address) => !here.has(address))
    if (missing.length === 0) return ok(`${wanted.length} on lo`)
    return trouble(
      `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not on lo`,
      [
        `${host.paths.configFile}: service_addresses_on_loopback = true`,
        `ip address show lo: ${[...here].join(', ') || 'no address'}`,
      ],
      [...missing.map(addition), LASTING],
    )
  },
})

export const WHOLE = networkCheck({
  code: 'H504',
  title: 'Loopback service addresses are /32 or /128',
  severity: 'fail',
  needs: { config: configFact, links: linksFact },
  judge({ config, links }) {
    const service = serviceAddressesIn(config)
    const here = onLoopback(links).filter((address) => service.has(address.address))
    if (here.length === 0) return skip('no service address is on lo')
    const wide = here.filter(
      ({ family, prefixLength }) => prefixLength !== (family === 4 ? 32 : 128),
    )
    if (wide.length === 0) return ok(`${here.length} on lo`)
    return trouble(
      `${wide.map((address) => `${address.address}/${address.prefixLength}`).join(', ')} on lo makes the whole network local`,
      wide.map(describeAddress),
      wide.flatMap((address) => [deletion(address), addition(address.address)]),
    )
  },
})

export const NOT_ON_LOOPBACK = networkCheck({
  code: 'H505',
  title: 'lo has no service addresses if they are not configured',
  severity: 'warn',
  needs: { config: configFact, links: linksFact },
  judge({ config, links }, host) {
    if (config.addresses.serviceAddressesOnLoopback)
      return skip('loopback service addresses are on')
    const service = serviceAddressesIn(config)
    const left = onLoopback(links).filter((address) => service.has(address.address))
    if (left.length === 0) return ok('none on lo')
    return trouble(
      `${left.map((address) => address.address).join(', ')} ${left.length === 1 ? 'is' : 'are'} on lo, although loopback service addresses are off`,
      [
        `${host.paths.configFile}: service_addresses_on_loopback = false`,
        ...left.map(describeAddress),
      ],
      [
        ...left.map(deletion),
        `# Or set [addresses] service_addresses_on_loopback = true in ${host.paths.configFile}.`,
      ],
    )
  },
})

function onLoopback(links: readonly Link[]): readonly LinkAddress[] {
  return links.filter(isLoopback).flatMap((link) => link.addresses)
}
