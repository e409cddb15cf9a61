// The configuration as the doctor's host has it: read once, judged as the daemon would judge it.
import type { Config, InstanceConfig, PathConfig } from '../../config/config.ts'
import { parseConfig } from '../../config/parse.ts'
import { pathsTable } from '../../config/schema.ts'
import type { Diagnostic } from '../../config/text/diagnostic.ts'
import { isSkip, type Skip, skip } from '../doctor-check.ts'
import { fact, type Host } from '../host.ts'

export type ConfigReading =
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
      ? 'the configuration has errors: H102'
      : 'the configuration cannot be read: H101',
  )
}

/** The folders in use: those of the configuration, or the usual ones where it cannot be used. */
export async function foldersOf(host: Host): Promise<PathConfig> {
  const config = await configFact(host)
  return isSkip(config) ? pathsTable.defaults : config.paths
}

/** The instances of all pools. */
export function instancesIn({ pools }: Pick<Config, 'pools'>): readonly InstanceConfig[] {
  return pools.flatMap((pool) => pool.instances)
}

/** All service addresses of the configuration, in canonical text form. */
export function serviceAddressesIn(config: Pick<Config, 'pools'>): ReadonlySet<string> {
  return new Set(instancesIn(config).flatMap((instance) => instance.addresses))
}

/** The host's name as the kernel has it; empty where it cannot be read. */
export function kernelHostname(host: Host): string {
  const read = host.inspect.text('/proc/sys/kernel/hostname')
  return read.ok ? read.value.trim() : ''
}
