// An operator's order as it stands in its file.
import type { Override } from '../../core/override.ts'
import { corruptOverride, decodeOverride } from '../../documents/override-document.ts'
import type { Host } from '../host.ts'

export type OrderReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'order'; readonly override: Override }
  /** It is there, and not for this user. */
  | { readonly kind: 'denied' }

const LIMIT_BYTES = 64 * 1024

/** A file that cannot be read is an order as well, one that is not understood. */
export function readOrder({ inspect }: Host, path: string): OrderReading {
  const read = inspect.text(path, LIMIT_BYTES)
  const facts = inspect.stat(path)
  const writtenMs = facts.ok ? facts.value.modifiedMs : 0
  if (read.ok) return { kind: 'order', override: decodeOverride(read.value, writtenMs) }
  if (read.why === 'denied') return { kind: 'denied' }
  const leadsNowhere = facts.ok && facts.value.kind === 'link'
  if (read.why === 'missing' && !leadsNowhere) return { kind: 'none' }
  return { kind: 'order', override: corruptOverride(read.error, writtenMs) }
}
