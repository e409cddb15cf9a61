// What a text comes to as holdfast.toml: the config, or where its errors are.
import type { Config } from '../../src/config/config.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { formatDiagnostics } from '../../src/config/text/diagnostic.ts'

export const CONTEXT = { file: 'holdfast.toml', hostname: 'ns1.example.net' }
export const CLUSTER = '[clusters.recdns.instances.recdns0]\naddresses = ["192.0.2.53"]\n'

/** The config; throws where there are errors. */
export function configOf(text: string, hostname = CONTEXT.hostname): Config {
  const parsed = parseConfig(text, { ...CONTEXT, hostname })
  if (!parsed.ok) throw new Error(formatDiagnostics(parsed.diagnostics))
  return parsed.value
}

/** "LINE:COLUMN CODE" of each error. */
export function errors(text: string, hostname = CONTEXT.hostname): string[] {
  const parsed = parseConfig(text, { ...CONTEXT, hostname })
  return parsed.ok ? [] : parsed.diagnostics.map((d) => `${d.line}:${d.column} ${d.code}`)
}
