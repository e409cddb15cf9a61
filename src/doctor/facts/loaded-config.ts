// The configuration as the doctor's host has it: read once, judged as the daemon and render-config would judge it.
import type { Config, InstanceConfig, PathConfig } from '../../config/config.ts'
import { parseConfig, parseRenderable } from '../../config/parse.ts'
import { pathsTable } from '../../config/schema.ts'
import type { Diagnostic } from '../../config/text/diagnostic.ts'
import type { VrrpConfig, VrrpInstance } from '../../config/vrrp-config.ts'
import { factOf, isSkip, type Skip, skip } from '../doctor-check.ts'
import { fact, type Host, textOr } from '../host.ts'

type ConfigReading =
  | { readonly kind: 'config'; readonly config: Config; readonly text: string }
  | {
      readonly kind: 'refused'
      readonly diagnostics: readonly Diagnostic[]
      readonly text: string
    }
  | {
      readonly kind: 'unreadable'
      readonly why: string
      readonly cause: 'missing' | 'denied' | 'other'
    }

/** Far above what the parser accepts, so that a large file gets the parser's own complaint. */
const CONFIG_LIMIT_BYTES = 16 * 1024 * 1024

export const configReadingFact = fact(async (host): Promise<ConfigReading> => {
  const file = host.paths.configFile
  const read = host.inspect.text(file, CONFIG_LIMIT_BYTES)
  if (!read.ok) return { kind: 'unreadable', why: read.error, cause: read.why }
  const text = read.value
  const parsed = parseConfig(text, { file, hostname: kernelHostname(host) })
  return parsed.ok
    ? { kind: 'config', config: parsed.value, text }
    : { kind: 'refused', diagnostics: parsed.diagnostics, text }
})

export async function configFact(host: Host): Promise<Config | Skip> {
  const reading = await configReadingFact(host)
  if (reading.kind === 'config') return reading.config
  return skip(
    reading.kind === 'refused'
      ? 'because of H102: the configuration has errors'
      : 'because of H101: the configuration is not readable',
  )
}

/** The folders in use: those of the configuration, or the usual ones where it cannot be used. */
export async function foldersOf(host: Host): Promise<PathConfig> {
  const config = await configFact(host)
  return isSkip(config) ? pathsTable.defaults : config.paths
}

/** The instances of all clusters. */
export function instancesIn({ clusters }: Pick<Config, 'clusters'>): readonly InstanceConfig[] {
  return clusters.flatMap((cluster) => cluster.instances)
}

/** All service addresses of the configuration, in canonical text form. */
export function serviceAddressesIn(config: Pick<Config, 'clusters'>): ReadonlySet<string> {
  return new Set(instancesIn(config).flatMap((instance) => instance.addresses))
}

/** The host's name as the kernel has it; empty where it cannot be read. */
export function kernelHostname(host: Host): string {
  return textOr(host.inspect.text('/proc/sys/kernel/hostname')).trim()
}

/** The configuration as `render-config` reads it; null where it cannot be used at all. */
export const renderableFact = fact(async (host) => {
  const reading = await configReadingFact(host)
  if (reading.kind !== 'config') return null
  const context = { file: host.paths.configFile, hostname: kernelHostname(host) }
  return parseRenderable(reading.text, context)
})

export const vrrpFact = factOf({ config: configFact, parsed: renderableFact }, ({ parsed }) => {
  if (parsed?.ok === true) return parsed.value.vrrp
  return skip('the configuration lacks keys that render-config needs')
})

/** The service addresses of all instances. */
export function addressesOf({ instances }: VrrpConfig): ReadonlySet<string> {
  return new Set(instances.flatMap((instance) => instance.addresses.map(({ address }) => address)))
}

/** The interfaces that the configuration names, each with its instances. */
export function interfacesIn({ instances }: VrrpConfig): ReadonlyMap<string, VrrpInstance[]> {
  return Map.groupBy(instances, (instance) => instance.interface)
}

export const balancerFact = factOf(
  { config: configFact },
  ({ config }) => config.balancer ?? skip('this host is not a load balancer'),
)

export async function isBalancer(host: Host): Promise<boolean> {
  return !isSkip(await balancerFact(host))
}

/** Behind a load balancer others answer. A DNS server on it, for itself, is nobody's to judge here. */
export async function noBalancerFact(host: Host): Promise<true | Skip> {
  return (
    !(await isBalancer(host)) ||
    skip('this host is a load balancer: its real servers answer queries')
  )
}
