// A new order beside one that is in force: which of them counts. Pure.
import type { Override } from '../core/override.ts'
import { overrideText } from '../render/text.ts'

export type Merged =
  | { readonly kind: 'order'; readonly override: Override }
  /** What is in force is as much already. */
  | { readonly kind: 'enough'; readonly override: Override }
  | { readonly kind: 'refused'; readonly why: string }

/**
 * No order makes less of one in force: that is for `undrain`.
 *
 * @param isProven whether the drain that gave the order in force has ended well. Until then that order
 *   may go any moment, so that nothing can rest upon it: one that is as much may take its place
 */
export function mergeOrders(now: Override | null, wanted: Override, isProven = true): Merged {
  if (now === null || now.corrupt !== undefined) return { kind: 'order', override: wanted }
  const isLess = now.mode === 'isolated' && wanted.mode === 'drained'
  if (!isProven) {
    if (wanted.instances === undefined && !isLess) return { kind: 'order', override: wanted }
    const who = `a drain is under way, or was cut off: ${overrideText(now)}`
    return { kind: 'refused', why: `${who}; wait for its end, or "holdfast undrain" first` }
  }
  if (now.mode === 'isolated' && (isLess || now.instances !== undefined)) {
    if (now.instances === undefined) return { kind: 'enough', override: now }
    const why = `${now.instances.join(', ')} are isolated: "holdfast undrain" comes first`
    return { kind: 'refused', why }
  }
  if (wanted.instances === undefined) return { kind: 'order', override: wanted }
  if (now.instances === undefined && now.mode === wanted.mode)
    return { kind: 'enough', override: now }
  if (now.instances === undefined)
    return { kind: 'refused', why: 'the whole server is drained: leave out --instance' }
  const instances = [...new Set([...now.instances, ...wanted.instances])]
  return { kind: 'order', override: { ...wanted, instances } }
}
