// From the flags of `holdfast simulate` to what is to be done, or one sentence on what is wrong with them.
import { availableParallelism } from 'node:os'
import type { Arguments } from '../../cli/command.ts'
import { suggest } from '../../config/text/suggest.ts'
import { parseDuration } from '../../config/values/duration.ts'
import type { Result } from '../../ports.ts'
import { RIVALS } from '../../simulate/rivals.ts'
import { MAX_SERVERS } from '../../simulate/scenario-schema.ts'
import type { VrrpOptions } from '../../simulate/vrrp.ts'
import type { SIMULATE } from './simulate-definition.ts'

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
        `--${name} is ${whole ? 'a whole number' : 'a number'} from ${least} to ${most}, not "${text}"`,
      )
    return value
  }
  const duration = (name: 'after' | 'advert', text: string) => {
    const ms = parseDuration(text)
    if (ms === null) complaints.push(`--${name} is a time such as 100ms, 1s or 5m, not "${text}"`)
    return ms ?? 0
  }
  if (flags.json && flags.csv) complaints.push('--json and --csv exclude each other')
  if (flags.vrrp !== '2' && flags.vrrp !== '3')
    complaints.push(`--vrrp is 2 or 3, not "${flags.vrrp}"`)
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
  return isGood ? [] : [`--advert of VRRP version ${version} is in ${unit}, up to 255s`]
}

function namedPolicies(text: string, complaints: string[]): string[] {
  const known = [HOLDFAST, ...RIVALS.map((rival) => rival.name)]
  return text.split(',').flatMap((word) => {
    const found = known.find((name) => folded(name) === folded(word))
    if (found !== undefined) return [found]
    const guess = suggest(word.trim(), known)
    const hint = guess === null ? '; --list shows all' : `; did you mean "${guess}"?`
    complaints.push(`there is no policy "${word.trim()}"${hint}`)
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
