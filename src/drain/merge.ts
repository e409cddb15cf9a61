// A new drain beside an active one: which of them counts. Pure.
import type { Override } from '../core/override.ts'
import { overrideText } from '../documents/text.ts'

export type Merged =
  | { readonly kind: 'order'; readonly override: Override }
  /** What is in force is as much already. */
  | { readonly kind: 'enough'; readonly override: Override }
  | { readonly kind: 'refused'; readonly why: string }

/**
 * No drain makes less of an active one, nor ends it sooner: that is for `undrain`.
 *
 * @param isProven whether the drain that gave the order in force has ended well. Until then that order
 *   may go any moment, so that nothing can rest upon it: one that is as much may take its place
 */
export function mergeOrders(now: Override | null, wanted: Override, isProven = true): Merged {
  const override = untilLater(now, wanted)
  if (now === null || now.corrupt !== undefined) return { kind: 'order', override }
  const isLess = now.mode === 'isolated' && wanted.mode === 'drained'
  if (!isProven) {
    if (wanted.instances === undefined && !isLess) return { kind: 'order', override }
    const who = `another drain is in progress or was interrupted: ${overrideText(now)}`
    return { kind: 'refused', why: `${who}. Wait for it, or run "holdfast undrain" first` }
  }
  if (now.mode === 'isolated' && now.instances !== undefined) {
    const why = `already isolated: ${now.instances.join(', ')}. Run "holdfast undrain" first`
    return { kind: 'refused', why }
  }
  const isPart = now.mode === wanted.mode && wanted.instances !== undefined
  if (now.instances === undefined && (isLess || isPart)) {
    if (lengthMs(wanted) <= leftMs(now, wanted)) return { kind: 'enough', override: now }
    const { instances: _, ...whole } = override
    return { kind: 'order', override: { ...whole, mode: now.mode } }
  }
  if (wanted.instances === undefined) return { kind: 'order', override }
  if (now.instances === undefined)
    return { kind: 'refused', why: 'the whole server is drained already; omit --instance' }
  const instances = [...new Set([...now.instances, ...wanted.instances])]
  return { kind: 'order', override: { ...override, instances } }
}

/** The new order, with the end of the one in force where that is later. */
export function untilLater(now: Override | null, wanted: Override): Override {
  if (now === null || wanted.untilWallMs === null) return wanted
  const forMs = Math.max(lengthMs(wanted), leftMs(now, wanted))
  const isEndless = forMs === Number.POSITIVE_INFINITY
  return { ...wanted, untilWallMs: isEndless ? null : wanted.sinceWallMs + forMs }
}

function lengthMs({ sinceWallMs, untilWallMs }: Override): number {
  return untilWallMs === null ? Number.POSITIVE_INFINITY : untilWallMs - sinceWallMs
}

/** How long the active drain goes on at most, when the new one is given: see `isOver`. */
function leftMs(now: Override, { sinceWallMs: nowWallMs, given: here }: Override): number {
  const { given, untilWallMs } = now
  if (untilWallMs === null || here === undefined) return lengthMs(now)
  if (given?.bootId === here.bootId) return given.bootMs + lengthMs(now) - here.bootMs
  const isWallTrusted = here.isClockSet && given?.isClockSet !== false
  return isWallTrusted ? untilWallMs - nowWallMs : lengthMs(now)
}
