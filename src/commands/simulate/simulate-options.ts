// From the flags of `holdfast simulate` to what is to be done on which configurations, or what is wrong with them.

import { availableParallelism, hostname } from 'node:os'
import { readBounded } from '../../adapters/atomic-file.ts'
import type { Arguments } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { DEFAULT_CONFIG } from '../../cli/flags.ts'
import type { Config } from '../../config/config.ts'
import { MAX_CONFIG_BYTES, parseConfig } from '../../config/parse.ts'
import { parseSettings, withSettings } from '../../config/settings.ts'
import { formatDiagnostics } from '../../config/text/diagnostic.ts'
import { suggest } from '../../config/text/suggest.ts'
import { parseDuration } from '../../config/values/duration.ts'
import type { Result } from '../../ports.ts'
import { RIVALS } from '../../simulate/rivals.ts'
import { MAX_SERVERS } from '../../simulate/scenario-file.ts'
import type { VrrpOptions } from '../../simulate/vrrp.ts'
import type { SIMULATE } from '../setup-definitions.ts'

export interface SimulateOptions {
  readonly servers: number
  readonly hours: number
  readonly afterHours: number
  readonly runs: number
  readonly seed: string
  readonly jobs: number
  readonly vrrp: VrrpOptions
  /** Names as the policies spell them; null for all. */
  readonly policies: readonly string[] | null
}

export const HOLDFAST = 'holdfast'
const HOUR_MS = 3_600_000

/** @returns an error that names the flag */
export function readOptions({ flags }: Arguments<typeof SIMULATE>): Result<SimulateOptions> {
  const complaints: string[] = []
  const number = (
    name: 'servers' | 'hours' | 'runs' | 'jobs',
    least: number,
    most: number,
    whole = true,
  ) => {
    const text = flags[name] ?? String(availableParallelism())
    const value = Number(text)
    const isGood =
      /^[\d.]+$/.test(text) &&
      value >= least &&
      value <= most &&
      (!whole || Number.isInteger(value))
    if (!isGood)
      complaints.push(
        `--${name} must be ${whole ? 'a whole number' : 'a number'} from ${least} to ${most}, not "${text}"`,
      )
    return value
  }
  const duration = (name: 'after' | 'advert', text: string) => {
    const ms = parseDuration(text)
    if (ms === null)
      complaints.push(
        `invalid duration "${text}" for --${name}: write a number and a unit, for example "5m"`,
      )
    return ms ?? 0
  }
  if (flags.json && flags.csv) complaints.push('use only one of --json and --csv')
  if (flags.vrrp !== '2' && flags.vrrp !== '3')
    complaints.push(`--vrrp must be 2 or 3, not "${flags.vrrp}"`)
  const version = flags.vrrp === '2' ? 2 : 3
  const advertMs = duration('advert', flags.advert ?? (version === 2 ? '1s' : '100ms'))
  complaints.push(...advertComplaints(version, advertMs))
  const hours = number('hours', 0.01, 100_000, false)
  const afterHours = duration('after', flags.after) / HOUR_MS
  if (afterHours >= hours) complaints.push('--after must come before the end of --hours')
  const policies = flags.policy === undefined ? null : namedPolicies(flags.policy, complaints)
  const options = {
    servers: number('servers', 1, MAX_SERVERS),
    hours,
    afterHours,
    runs: number('runs', 1, 10_000),
    seed: flags.seed,
    jobs: number('jobs', 1, 1024),
    vrrp: { version, advertMs } as const,
    policies,
  }
  const [first] = complaints
  return first === undefined ? { ok: true, value: options } : { ok: false, error: first }
}

/** RFC 3768 and keepalived count version 2 in whole seconds, RFC 5798 version 3 in hundredths. */
function advertComplaints(version: 2 | 3, advertMs: number): string[] {
  const unitMs = version === 2 ? 1000 : 10
  const isGood = advertMs >= unitMs && advertMs <= 255_000 && advertMs % unitMs === 0
  const unit = version === 2 ? 'whole seconds' : 'hundredths of a second'
  return isGood ? [] : [`--advert must be in ${unit} for VRRP version ${version}, up to 255s`]
}

function namedPolicies(text: string, complaints: string[]): string[] {
  const known = [HOLDFAST, ...RIVALS.map((rival) => rival.name)]
  return text.split(',').flatMap((word) => {
    const found = known.find((name) => folded(name) === folded(word))
    if (found !== undefined) return [found]
    const guess = suggest(word.trim(), known)
    const hint = guess === null ? '; --list shows all' : `; did you mean "${guess}"?`
    complaints.push(`unknown policy "${word.trim()}"${hint}`)
    return []
  })
}

/** `keepalived-1/1` is easier to type than a name with a blank in it. */
function folded(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
}

/** The configurations that are tried out. */
export interface SimulatedConfigs {
  readonly config: Config
  /** With the settings of --set, and null without any. */
  readonly changed: Config | null
  /** What the holdfast policy is configured by, for people. */
  readonly by: string
}

type ConfigsReading =
  | { readonly ok: true; readonly value: SimulatedConfigs }
  | { readonly ok: false; readonly complaint: string; readonly code: number }

/** Two instances, one each way, as most clusters of resolvers have them. */
const BUILT_IN = `
[clusters.recdns.instances.recdns0]
addresses = ["192.0.2.53"]
[clusters.recdns.instances.recdns1]
addresses = ["192.0.2.54"]
reverse_order = true
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
