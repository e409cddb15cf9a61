// What the configuration says of VRRP: instances with their interfaces, where render-config could render it.
import { parseRenderable } from '../../config/parse.ts'
import type { VrrpConfig, VrrpInstance } from '../../config/vrrp-config.ts'
import { factOf, skip } from '../doctor-check.ts'
import { fact } from '../host.ts'
import { configFact, configReadingFact, kernelHostname } from './loaded-config.ts'

/** The configuration as `render-config` reads it; null where it cannot be used at all. */
export const renderableFact = fact(async (host) => {
  const reading = await configReadingFact(host)
  if (reading.kind !== 'config') return null
  const context = { file: host.paths.configFile, hostname: kernelHostname(host) }
  return parseRenderable(reading.text, context)
})

export const vrrpFact = factOf({ config: configFact, parsed: renderableFact }, ({ parsed }) => {
  if (parsed?.ok === true) return parsed.value.vrrp
  return skip('the configuration does not say what render-config needs')
})

/** The service addresses of all instances. */
export function addressesOf({ instances }: VrrpConfig): ReadonlySet<string> {
  return new Set(instances.flatMap((instance) => instance.addresses.map(({ address }) => address)))
}

/** The interfaces that the configuration names, each with its instances. */
export function interfacesIn({ instances }: VrrpConfig): ReadonlyMap<string, VrrpInstance[]> {
  return Map.groupBy(instances, (instance) => instance.interface)
}
