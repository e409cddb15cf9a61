// override.json: what an operator decided, as text, and how anything else at that place is read.
import { textFingerprint } from '../config/fingerprint.ts'
import type { Given, Override } from '../core/override.ts'
import { jsonOf } from './clean-text.ts'

const OVERRIDE_FORMAT = 1

/** Where the order about this server is kept. */
export function overridePath(stateDir: string): string {
  return `${stateDir}/override.json`
}

/**
 * Where the order about a load balancer's real server is kept.
 *
 * @param backend SERVICE.SERVER, as the configuration has it
 */
export function backendOverridePath(stateDir: string, backend: string): string {
  return `${stateDir}/backend/${backend}.json`
}

/**
 * The drain in this text. It is taken whole or not at all: a text that is not understood is a
 * drain, for somebody meant something by it, and `corrupt` says what is wrong.
 *
 * @param writtenWallMs when the text was written, for an order that does not say so itself
 */
export function decodeOverride(text: string, writtenWallMs: number): Override {
  const value = jsonOf(text)
  if (value === undefined) return corruptOverride('it is not a JSON document', writtenWallMs, text)
  const read = readFields(value)
  if (typeof read === 'string') return corruptOverride(read, writtenWallMs, text)
  return { id: textFingerprint(text), ...read }
}

/**
 * What counts when an order cannot be read.
 *
 * @param text what stands there, as far as it can be had: the same is the same order
 */
export function corruptOverride(why: string, writtenWallMs: number, text = why): Override {
  return {
    id: textFingerprint(`${writtenWallMs} ${text}`),
    mode: 'drained',
    by: '',
    reason: 'the override file cannot be understood',
    sinceWallMs: writtenWallMs,
    untilWallMs: null,
    corrupt: why,
  }
}

/**
 * The text that `decodeOverride` reads back, with times in ISO 8601.
 *
 * @param undo while nothing has proven the order: what stood there before, or null for nothing
 */
export function encodeOverride(override: Override, undo?: string | null): string {
  const { id, mode, by, reason, sinceWallMs, untilWallMs, instances, given } = override
  const { keepsFailbackDelay } = override
  const document = {
    format: OVERRIDE_FORMAT,
    ...(id === undefined ? {} : { id }),
    mode,
    ...(instances === undefined ? {} : { instances }),
    by,
    reason,
    since: new Date(sinceWallMs).toISOString(),
    until: untilWallMs === null ? null : new Date(untilWallMs).toISOString(),
    ...(given === undefined
      ? {}
      : { given: { boot: given.bootId, ms: given.bootMs, clock_set: given.isClockSet } }),
    ...(keepsFailbackDelay === undefined ? {} : { keep_failback_delay: keepsFailbackDelay }),
    ...(undo === undefined ? {} : { undo }),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/**
 * What the drain that gave this order puts back if it fails: a text, or null for nothing. Undefined
 * once the drain has ended well, and for a text that tells nothing of it.
 */
export function undoOf(text: string): string | null | undefined {
  const undo = (jsonOf(text) as { readonly undo?: unknown } | null | undefined)?.undo
  return typeof undo === 'string' || undo === null ? undo : undefined
}

/** Whether both are one and the same order, unchanged. */
export function sameOrder(one: Override | null, other: Override | null): boolean {
  if (one === null || other === null) return one === other
  return one.corrupt === other.corrupt && encodeOverride(one) === encodeOverride(other)
}

/** @returns the override, or what is wrong with the value */
function readFields(value: unknown): Override | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'it is not a JSON object'
  const fields = value as Record<string, unknown>
  const { format, id, mode, by, reason, since, until, instances, given } = fields
  const { keep_failback_delay: keeps } = fields
  if (format !== OVERRIDE_FORMAT) return `"format" is not ${OVERRIDE_FORMAT}`
  if (id !== undefined && (typeof id !== 'string' || !/^[\w.-]{1,64}$/.test(id)))
    return '"id" is no word of letters and digits'
  if (mode !== 'drained' && mode !== 'isolated') return '"mode" is not "drained" or "isolated"'
  if (typeof by !== 'string') return '"by" is not a string'
  if (typeof reason !== 'string') return '"reason" is not a string'
  const sinceWallMs = parseTime(since)
  if (sinceWallMs === null) return '"since" is not a time in ISO 8601'
  const untilWallMs = until === null ? null : parseTime(until)
  if (until !== null && untilWallMs === null)
    return '"until" is neither null nor a time in ISO 8601'
  if (instances !== undefined && !isNames(instances))
    return '"instances" is no list of names, of which there must be one at least'
  const clocks = given === undefined ? undefined : readGiven(given)
  if (clocks === null) return '"given" is no boot, time since then and state of the clock'
  if (keeps !== undefined && keeps !== true) return '"keep_failback_delay" is not true'
  return {
    ...(id === undefined ? {} : { id }),
    mode,
    by,
    reason,
    sinceWallMs,
    untilWallMs,
    ...(instances === undefined ? {} : { instances }),
    ...(clocks === undefined ? {} : { given: clocks }),
    ...(keeps === undefined ? {} : { keepsFailbackDelay: keeps }),
  }
}

function readGiven(value: unknown): Given | null {
  if (typeof value !== 'object' || value === null) return null
  const { boot, ms, clock_set: isClockSet } = value as Record<string, unknown>
  if (typeof boot !== 'string' || typeof isClockSet !== 'boolean') return null
  return Number.isFinite(ms) ? { bootId: boot, bootMs: ms as number, isClockSet } : null
}

function isNames(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((element) => typeof element === 'string')
  )
}

/** A zone is required: without one the same text would mean another time on another host. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/

function parseTime(value: unknown): number | null {
  if (typeof value !== 'string' || !ISO_TIME.test(value)) return null
  const ms = Date.parse(value)
  return Number.isFinite(ms) ? ms : null
}
