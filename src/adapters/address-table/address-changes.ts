// From one reading of the address table to the next: what came, what went, what only flickered.
import type { LocalAddress } from '../../core/check.ts'
import type { AddressChange } from '../../ports.ts'

/** An address as it was read, without a past. */
export type SeenAddress = Omit<LocalAddress, 'sinceMs'>

type Place = Pick<LocalAddress, 'address' | 'interface'>

/** The first table: what is there was there before us. */
export function firstTable(seen: readonly SeenAddress[]): LocalAddress[] {
  return unique(seen).map((address) => ({ ...address, sinceMs: null }))
}

/**
 * The table after `before`, or null when nothing has changed.
 *
 * An address is as young as its usability: one that was removed and is back, and an IPv6 address
 * that has become ready, count from now. One that flickered (`deleted` names it, and it is in both
 * readings) is reported as removed, for whoever listened on it may have lost it.
 *
 * @param deleted addresses whose removal the kernel reported since the last reading
 */
export function nextTable(
  before: readonly LocalAddress[],
  seen: readonly SeenAddress[],
  deleted: readonly Place[],
  nowMs: number,
): AddressChange | null {
  const old = new Map(before.map((address) => [keyOf(address), address]))
  const flickered = new Set(deleted.map(keyOf))
  const addresses: LocalAddress[] = []
  let changed = false
  for (const address of unique(seen)) {
    const key = keyOf(address)
    const previous = flickered.has(key) ? undefined : old.get(key)
    if (previous === undefined || !isSame(previous, address)) changed = true
    addresses.push({ ...address, sinceMs: sinceMs(previous, address, nowMs) })
  }
  const here = new Set(addresses.map(keyOf))
  const removed = before
    .filter((address) => !here.has(keyOf(address)) || flickered.has(keyOf(address)))
    .map(({ address, interface: name }) => ({ address, interface: name }))
  return changed || removed.length > 0 ? { addresses, removed } : null
}

function sinceMs(
  previous: LocalAddress | undefined,
  now: SeenAddress,
  nowMs: number,
): number | null {
  if (previous === undefined) return nowMs
  return previous.state !== 'ready' && now.state === 'ready' ? nowMs : previous.sinceMs
}

function isSame(previous: LocalAddress, now: SeenAddress): boolean {
  return previous.state === now.state && previous.loopback === now.loopback
}

/** The same address may be on an interface twice, with different prefix lengths. */
function unique(seen: readonly SeenAddress[]): SeenAddress[] {
  return [...new Map(seen.map((address) => [keyOf(address), address])).values()]
}

function keyOf({ address, interface: name }: Place): string {
  return `${address} ${name}`
}
