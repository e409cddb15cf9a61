// What the flags of drain and undrain ask for, read.
import { randomUUID } from 'node:crypto'
import { isClockSet } from '../../adapters/clock.ts'
import { operatorName } from '../../adapters/permission.ts'
import { parseDuration } from '../../config/values/duration.ts'
import type { Given, Override } from '../../core/override.ts'
import { cleanLine } from '../../documents/clean-text.ts'
import { overrideText } from '../../documents/text.ts'
import type { Clock } from '../../ports.ts'

/** Years of five digits are written in a way that a reader of orders does not take. */
const MAX_DURATION = '8760h'
/** What fits a line; an order of many kilobytes would not be read back. */
const MAX_REASON = 500
const MAX_NAME = 64

/** Milliseconds above 0 and of a year at most, or what is wrong with the flag's value. */
export function readTime(flag: string, text: string, example: string): number | string {
  const ms = parseDuration(text)
  if (ms === null || ms <= 0) return `--${flag} ${text} is no time such as "${example}"`
  return ms <= (parseDuration(MAX_DURATION) ?? 0)
    ? ms
    : `--${flag} ${text} is longer than ${MAX_DURATION}`
}

/**
 * What `--timeout` and `--for` of a drain ask for, or what is wrong with one of them.
 *
 * @param timeoutMs without `--timeout`
 */
export function readTimes(
  flags: { readonly timeout: string | undefined; readonly for: string | undefined },
  timeoutMs: number,
): { readonly timeoutMs: number; readonly forMs: number | null } | string {
  const timeout =
    flags.timeout === undefined ? timeoutMs : readTime('timeout', flags.timeout, '30s')
  if (typeof timeout === 'string') return timeout
  const forMs = flags.for === undefined ? null : readTime('for', flags.for, '2h')
  return typeof forMs === 'string' ? forMs : { timeoutMs: timeout, forMs }
}

export interface DrainOptions {
  readonly mode: Override['mode']
  readonly reason: string | undefined
  /** null for until somebody ends it. */
  readonly forMs: number | null
  readonly instances?: readonly string[] | undefined
}

/** When an order is given, by all clocks of the host. */
export type GivenAt = Given & { readonly wallMs: number }

/** Whether the clock is right is asked for an end alone. */
export async function givenNow(clock: Clock, forMs: number | null): Promise<GivenAt> {
  const isSet = forMs !== null && (await isClockSet())
  const { bootId } = clock
  return { wallMs: clock.wallMs(), bootId, bootMs: clock.bootMs(), isClockSet: isSet }
}

/** The order that this operator gives now. */
export function wantedOrder(
  { mode, reason, forMs, instances }: DrainOptions,
  { wallMs, ...given }: GivenAt,
): Override {
  return {
    id: randomUUID(),
    mode,
    by: cleanLine(operatorName(), MAX_NAME),
    reason: cleanLine(reason ?? '', MAX_REASON),
    sinceWallMs: wallMs,
    untilWallMs: forMs === null ? null : wallMs + forMs,
    ...(instances === undefined ? {} : { instances }),
    ...(forMs === null ? {} : { given }),
  }
}

/** Why this order is not the one that is meant, or null. */
export function otherOrder(found: Override | null, id: string | undefined): string | null {
  if (found === null || id === undefined || found.id === id) return null
  return `another order stands, and stays: ${overrideText(found)}`
}
