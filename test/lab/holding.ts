// Who held an address over time, and what follows from that: moves, gaps and overlaps. Pure.

/** A server gained or lost an address on an interface other than loopback. */
export interface HoldingChange {
  /** Wall-clock time in milliseconds. */
  readonly atMs: number
  readonly server: string
  readonly address: string
  readonly holds: boolean
}

export interface Holding {
  /**
   * How often the address came to be on another server alone than the one that had it alone
   * before. One that appears on a second server and vanishes there again has not moved.
   */
  readonly moves: number
  /** Time within the window in which no server had the address. */
  readonly noneMs: number
  /** Time within the window in which two servers or more had it. */
  readonly twoMs: number
  /** The servers that have it at the end of the window. */
  readonly holders: readonly string[]
}

/**
 * What happened to one address from `fromMs` to `toMs`.
 *
 * @param changes every change since the lab began, in any order
 */
export function measureHolding(
  changes: readonly HoldingChange[],
  address: string,
  fromMs: number,
  toMs: number,
): Holding {
  const holders = new Set<string>()
  let owner: string | null = null
  let moves = 0
  let noneMs = 0
  let twoMs = 0
  let sinceMs = fromMs

  function passTo(atMs: number): void {
    const spanMs = Math.max(0, atMs - sinceMs)
    if (holders.size === 0) noneMs += spanMs
    if (holders.size > 1) twoMs += spanMs
    sinceMs = Math.max(sinceMs, atMs)
  }

  for (const change of inOrder(changes, address, toMs)) {
    if (change.atMs > fromMs) passTo(change.atMs)
    if (change.holds) holders.add(change.server)
    else holders.delete(change.server)
    const [only, ...others] = holders
    if (only === undefined || others.length > 0) continue
    if (owner !== null && owner !== only && change.atMs > fromMs) moves++
    owner = only
  }
  passTo(toMs)
  return { moves, noneMs, twoMs, holders: [...holders] }
}

function inOrder(
  changes: readonly HoldingChange[],
  address: string,
  toMs: number,
): HoldingChange[] {
  return changes
    .filter((change) => change.address === address && change.atMs <= toMs)
    .sort((a, b) => a.atMs - b.atMs)
}
