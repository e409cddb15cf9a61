// This server's place in an instance's order.

/**
 * The rank of `server`, 1 is best; null when the order does not list it. Instances of one pool
 * share the order: one reads it forward, another in reverse, so that they have different holders.
 */
export function rankOf(
  order: readonly string[],
  server: string,
  direction: 'forward' | 'reverse',
): number | null {
  const index = order.indexOf(server)
  if (index < 0) return null
  return direction === 'forward' ? index + 1 : order.length - index
}

/** The servers of an order as an instance reads it, best first. */
export function byRank(
  order: readonly string[],
  direction: 'forward' | 'reverse',
): readonly string[] {
  return direction === 'forward' ? order : order.toReversed()
}
