// Reads a configuration file: a config, complaints about it, or the reason why it cannot be read.
import { readSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Config } from '../config/config.ts'
import { parseConfig } from '../config/parse.ts'
import type { Diagnostic } from '../config/text/diagnostic.ts'
import { type ReadResult, readBounded } from './atomic-file.ts'

export type ConfigReading =
  | { readonly kind: 'config'; readonly config: Config }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'unreadable'; readonly why: string }

/** Far above what the parser accepts, so that a large file gets the parser's own complaint. */
const CONFIG_LIMIT_BYTES = 16 * 1024 * 1024

/** A file, or standard input for "-", so that a text can be tried that is not on disk yet. */
export function readConfigText(file: string): ReadResult {
  return file === '-' ? readStandardInput() : readBounded(file, CONFIG_LIMIT_BYTES)
}

function readStandardInput(): ReadResult {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  try {
    for (;;) {
      const chunk = Buffer.alloc(64 * 1024)
      const readBytes = readSync(0, chunk)
      if (readBytes === 0) break
      chunks.push(chunk.subarray(0, readBytes))
      sizeBytes += readBytes
      if (sizeBytes > CONFIG_LIMIT_BYTES)
        return { ...STDIN_FAILED, error: 'standard input is too long' }
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { ...STDIN_FAILED, error: `standard input cannot be read: ${why}` }
  }
  return { ok: true, value: new TextDecoder().decode(Buffer.concat(chunks)) }
}

const STDIN_FAILED = { ok: false, missing: false, denied: false, exhausted: false } as const

/** @param file the path as the operator named it, which the diagnostics repeat; "-" is standard input */
export function readConfigFile(file: string): ConfigReading {
  const read = readConfigText(file)
  if (!read.ok) return { kind: 'unreadable', why: read.error }
  const parsed = parseConfig(read.value, { file, hostname: hostname() })
  return parsed.ok
    ? { kind: 'config', config: parsed.value }
    : { kind: 'refused', diagnostics: parsed.diagnostics }
}
