// A new order beside one that is in force: which of them counts. Pure.
import type { Override } from '../core/override.ts'

export type Merged =
  | { readonly kind: 'order'; readonly override: Override }
  /** What is in force is as much already. */
  | { readonly kind: 'enough'; readonly override: Override }
  | { readonly kind: 'refused'; readonly why: string }

/** No order makes less of one in force: that is for `undrain`. */
export function mergeOrders(now: Override | null, wanted: Override): Merged {
  if (now === null || now.corrupt !== undefined) return { kind: 'order', override: wanted }
  if (now.mode === 'isolated' && wanted.mode === 'drained') {
    if (now.instances === undefined) return { kind: 'enough', override: now }
    return {
      kind: 'refused',
      why: `${now.instances.join(', ')} are isolated: "holdfast undrain" comes first`,
    }
  }
  if (wanted.instances === undefined) return { kind: 'order', override: wanted }
  if (now.instances === undefined && now.mode === wanted.mode)
    return { kind: 'enough', override: now }
  if (now.instances === undefined)
    return { kind: 'refused', why: 'the whole server is drained: leave out --instance' }
  const instances = [...new Set([...now.instances, ...wanted.instances])]
  return { kind: 'order', override: { ...wanted, instances } }
}
