// The configs that `holdfast simulate` tries out: the operator's own or the defaults, and one with --set.
import { hostname } from 'node:os'
import { readBounded } from '../../adapters/atomic-file.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { DEFAULT_CONFIG } from '../../cli/flags.ts'
import type { Config } from '../../config/config.ts'
import { MAX_CONFIG_BYTES, parseConfig } from '../../config/parse.ts'
import { parseSettings, withSettings } from '../../config/settings.ts'
import { formatDiagnostics } from '../../config/text/format-diagnostic.ts'

export interface SimulatedConfigs {
  readonly config: Config
  /** With the settings of --set, and null without any. */
  readonly changed: Config | null
  /** What the holdfast policy is configured by, for people. */
  readonly by: string
}

export type ConfigsReading =
  | { readonly ok: true; readonly value: SimulatedConfigs }
  | { readonly ok: false; readonly complaint: string; readonly code: number }

/** Two instances, one each way, as most pools of resolvers have them. */
const BUILT_IN = `
[pools.recdns.instances.recdns0]
addresses = ["192.0.2.53"]
[pools.recdns.instances.recdns1]
addresses = ["192.0.2.54"]
direction = "reverse"
`

/** @param file what --config names; without it the usual file is read if it is there */
export function readConfigs(file: string | undefined, set: string | undefined): ConfigsReading {
  const path = file ?? DEFAULT_CONFIG
  const read = readBounded(path, MAX_CONFIG_BYTES * 16)
  const isBuiltIn = !read.ok && read.missing && file === undefined
  if (!read.ok && !isBuiltIn) return failure(read.error, EXIT.failed)
  const text = read.ok ? read.value : BUILT_IN
  const by = isBuiltIn ? `the built-in defaults (there is no ${DEFAULT_CONFIG})` : path
  const parsed = parseConfig(text, { file: path, hostname: hostname() })
  if (!parsed.ok) return failure(formatDiagnostics(parsed.diagnostics), EXIT.usage)
  if (set === undefined) return { ok: true, value: { config: parsed.value, changed: null, by } }
  const settings = parseSettings(set)
  const changedText = settings.ok ? withSettings(text, settings.value) : settings
  if (!changedText.ok) return refused(changedText.complaint.text, changedText.complaint.hint)
  const changed = parseConfig(changedText.value, { file: '--set', hostname: hostname() })
  if (changed.ok) return { ok: true, value: { config: parsed.value, changed: changed.value, by } }
  // Lines and columns of a text that nobody has written say nothing.
  const [first] = changed.diagnostics
  return refused(first?.text ?? 'not a config', first?.hint)
}

function refused(text: string, hint: string | undefined): ConfigsReading {
  return failure(`--set: ${text}${hint === undefined ? '' : `; ${hint}`}`, EXIT.usage)
}

function failure(complaint: string, code: number): ConfigsReading {
  return { ok: false, complaint, code }
}
