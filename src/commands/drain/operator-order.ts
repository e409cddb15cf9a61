// A drain by an operator: what the flags ask for, what counts of it, and what may be done to an active one.
import { randomUUID } from 'node:crypto'
import { isClockSet } from '../../adapters/clock.ts'
import {
  holdOrder,
  mayOverride,
  type OrderFile,
  readOverride,
  type SwapOrder,
} from '../../adapters/override-file.ts'
import { operatorName } from '../../adapters/permission.ts'
import type { Config } from '../../config/config.ts'
import { suggest } from '../../config/text/suggest.ts'
import { parseDuration } from '../../config/values/duration.ts'
import type { Given, Override } from '../../core/override.ts'
import { cleanLine } from '../../documents/clean-text.ts'
import { undoOf } from '../../documents/override-document.ts'
import { overrideText } from '../../documents/text.ts'
import { type Merged, mergeOrders } from '../../drain/merge.ts'
import type { Clock, Result } from '../../ports.ts'
import type { DrainPorts, UndrainPorts } from '../../runtime/maintenance.ts'

/** Years of five digits are written in a way that a reader of orders does not take. */
const MAX_DURATION = '8760h'
/** What fits a line; an order of many kilobytes would not be read back. */
const MAX_REASON = 500
const MAX_NAME = 64

/** Milliseconds above 0 and of a year at most, or what is wrong with the flag's value. */
export function readTime(flag: string, text: string, example: string): number | string {
  const ms = parseDuration(text)
  if (ms === null || ms <= 0) {
    const unit = example.replace(/^\d+/, '')
    const hint = /^\d*[1-9]\d*$/.test(text)
      ? `add a unit, for example "${text}${unit}"`
      : `write a number and a unit, for example "${example}"`
    return `invalid duration "${text}" for --${flag}: ${hint}`
  }
  return ms <= (parseDuration(MAX_DURATION) ?? 0)
    ? ms
    : `--${flag} ${text} is longer than ${MAX_DURATION} (one year)`
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

/** The instances that `--instance` names, undefined for all; an error says what is wrong with one. */
export function readInstances(
  text: string | undefined,
  config: Config,
): Result<readonly string[] | undefined> {
  const known = allInstances(config)
  const instances = text?.split(',').filter((name) => name !== '')
  const unknown = instances?.find((name) => !known.includes(name))
  if (unknown !== undefined) return { ok: false, error: thereIsNo('instance', unknown, known) }
  if (instances?.length === 0) return { ok: false, error: '--instance is empty' }
  return { ok: true, value: instances?.length === known.length ? undefined : instances }
}

/**
 * What is wrong with a name that nothing has, and which one may be meant.
 *
 * @param others names that may be meant as well, and are not listed
 */
export function thereIsNo(
  what: string,
  name: string,
  known: readonly string[],
  others: readonly string[] = [],
): string {
  const nearest = suggest(name, [...known, ...others])
  const advice = nearest === null ? `known: ${known.join(', ')}` : `did you mean ${nearest}?`
  return `no ${what} "${name}"; ${advice}`
}

export function allInstances({ clusters }: Pick<Config, 'clusters'>): readonly string[] {
  return clusters.flatMap((cluster) => cluster.instances.map((instance) => instance.name))
}

interface WantedOrder {
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
  { mode, reason, forMs, instances }: WantedOrder,
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

/**
 * The order that stands at `path`, which may be lifted; an error says why not.
 *
 * @param id of the order that is meant, if it is not just any
 */
export function orderToLift(path: string, id: string | undefined): Result<Override | null> {
  const allowed = mayOverride(path)
  if (!allowed.ok) return allowed
  const found = readOverride(path)
  if (found === null || id === undefined || found.id === id) return { ok: true, value: found }
  return { ok: false, error: `another drain is active and stays: ${overrideText(found)}` }
}

/** What counts of a new order beside the one that was found. */
export function mergeWith(found: OrderFile, wanted: Override): Merged {
  return mergeOrders(found.override, wanted, undoIn(found) === undefined)
}

/** A drain publishes an order that can be undone until it is confirmed. */
export function drainHands(
  path: string,
  found: OrderFile,
  override: Override,
): Pick<DrainPorts, 'publish' | 'confirm' | 'restore' | 'meanwhile'> {
  const hold = holdOrder(path, found)
  const undo = undoIn(found)
  // Another drain that has not ended well now never will: what it would put back is what there was.
  const before = undo === undefined ? found.text : undo
  let published = override
  return {
    publish(mode) {
      published = { ...override, mode }
      return hold.write(published, before)
    },
    confirm: () => hold.write(published),
    restore: () => hold.putBack(before),
    meanwhile: hold.meanwhile,
  }
}

export function undrainHands(
  path: string,
  override: Override | null,
  swap?: SwapOrder,
): Pick<UndrainPorts, 'publish' | 'lift'> {
  const hold = holdOrder(path, { override }, swap)
  return { publish: (softer) => hold.write(softer), lift: () => hold.putBack(null) }
}

function undoIn({ text }: OrderFile): string | null | undefined {
  return text === null ? undefined : undoOf(text)
}
