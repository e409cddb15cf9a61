// What the configuration says of VRRP: instances with their interfaces, where render-config could render it.
import { parseRenderable } from '../../config/parse.ts'
import type { VrrpConfig, VrrpInstance } from '../../config/vrrp/vrrp-config.ts'
import { fact } from '../host.ts'
import { configFact, kernelHostname, withoutConfig } from './config.ts'

export type VrrpReading =
  | { readonly kind: 'vrrp'; readonly vrrp: VrrpConfig }
  | { readonly kind: 'none'; readonly why: string }

export const vrrpFact = fact(async (host): Promise<VrrpReading> => {
  const reading = await configFact(host)
  if (reading.kind !== 'config') return { kind: 'none', why: withoutConfig(reading) }
  const context = { file: host.paths.configFile, hostname: kernelHostname(host) }
  const parsed = parseRenderable(reading.text, context)
  if (parsed.ok) return { kind: 'vrrp', vrrp: parsed.value.vrrp }
  return { kind: 'none', why: 'the configuration does not say what render-config needs' }
})

/** The interfaces that the configuration names, each with its instances. */
export function interfacesIn({ instances }: VrrpConfig): ReadonlyMap<string, VrrpInstance[]> {
  const found = new Map<string, VrrpInstance[]>()
  for (const instance of instances) {
    found.set(instance.interface, [...(found.get(instance.interface) ?? []), instance])
  }
  return found
}
