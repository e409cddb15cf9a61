// Who is there on the link: the kernel's table of neighbours, as it learns them by ARP and neighbour discovery.
import type { Host } from '../host.ts'

export interface Neighbour {
  readonly address: string
  readonly mac: string
}

/**
 * Those whose hardware address is known. One that does not answer has none.
 *
 * @param which as `ip neighbour show` takes it
 */
export async function neighboursIn(
  inspect: Host['inspect'],
  which: readonly string[] = [],
): Promise<readonly Neighbour[]> {
  const run = await inspect.run('ip', ['-json', 'neighbour', 'show', ...which])
  return run.ok && run.value.code === 0 ? parseNeighbours(run.value.stdout) : []
}

/** What `ip -json neighbour show` prints; nothing for something else. */
export function parseNeighbours(text: string): readonly Neighbour[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return []
  }
  if (!Array.isArray(value)) return []
  return value.flatMap((entry: { dst?: unknown; lladdr?: unknown } | null) =>
    typeof entry?.dst === 'string' && typeof entry.lladdr === 'string'
      ? [{ address: entry.dst, mac: entry.lladdr.toLowerCase() }]
      : [],
  )
}
