// Reads a configuration file: a config, complaints about it, or the reason why it cannot be read.
import { hostname } from 'node:os'
import { readBounded } from '../adapters/atomic-file.ts'
import type { Config } from '../config/config.ts'
import type { Diagnostic } from '../config/diagnostic.ts'
import { parseConfig } from '../config/parse.ts'

export type ConfigReading =
  | { readonly kind: 'config'; readonly config: Config }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'unreadable'; readonly why: string }

/** Far above what the parser accepts, so that a large file gets the parser's own complaint. */
const CONFIG_LIMIT_BYTES = 16 * 1024 * 1024

/** @param file the path as the operator named it, which the diagnostics repeat */
export function readConfigFile(file: string): ConfigReading {
  const read = readBounded(file, CONFIG_LIMIT_BYTES)
  if (!read.ok) return { kind: 'unreadable', why: read.error }
  const parsed = parseConfig(read.value, { file, hostname: hostname() })
  return parsed.ok
    ? { kind: 'config', config: parsed.value }
    : { kind: 'refused', diagnostics: parsed.diagnostics }
}
