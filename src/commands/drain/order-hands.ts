// What drain, undrain and the daemon's return may do to the order that they found.
import { holdOrder, type OrderFile, type SwapOrder } from '../../adapters/override-file.ts'
import type { Override } from '../../core/override.ts'
import { undoOf } from '../../documents/override-document.ts'
import { type Merged, mergeOrders } from '../../drain/merge.ts'
import type { DrainPorts, UndrainPorts } from '../../runtime/maintenance.ts'

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
