// Watches every server's addresses from inside and knows who holds what, now and at any time before.
import { type Holding, type HoldingChange, measureHolding } from './holding.ts'
import type { Node } from './namespace.ts'

export interface Observer {
  /** Every change so far, oldest first. */
  readonly changes: readonly HoldingChange[]
  /** The servers that have the address on an interface other than loopback. */
  holders(address: string): readonly string[]
  measure(address: string, fromMs: number, toMs: number): Holding
  /**
   * Waits until exactly these servers hold all these addresses.
   *
   * Fails after `ceilingMs` with the list of changes.
   */
  waitFor(
    addresses: readonly string[],
    servers: readonly string[],
    ceilingMs?: number,
  ): Promise<void>
  /** Waits until `condition` holds; it is looked at after each change. */
  waitUntil(condition: () => boolean, what: string, ceilingMs?: number): Promise<void>
  onChange(listener: (change: HoldingChange) => void): () => void
  /** Follows a node that was just booted; everything that it does from now on is seen. */
  watch(node: Node): Promise<void>
  /** Takes note that a node was powered off: it holds nothing any more. */
  forget(server: string): void
}

const CEILING_MS = 60_000
/** An address that no node uses, by which the watcher shows that it listens. */
const MARKER = '127.255.255.1'

export function createObserver(): Observer {
  const changes: HoldingChange[] = []
  const held = new Map<string, Set<string>>()
  const listeners = new Set<(change: HoldingChange) => void>()

  function holdersOf(address: string): Set<string> {
    const existing = held.get(address)
    if (existing !== undefined) return existing
    const created = new Set<string>()
    held.set(address, created)
    return created
  }

  function note(change: HoldingChange): void {
    const holders = holdersOf(change.address)
    if (holders.has(change.server) === change.holds) return
    if (change.holds) holders.add(change.server)
    else holders.delete(change.server)
    changes.push(change)
    for (const listener of [...listeners]) listener(change)
  }

  const observer: Observer = {
    changes,
    holders: (address) => [...holdersOf(address)],
    measure: (address, fromMs, toMs) => measureHolding(changes, address, fromMs, toMs),
    waitFor(addresses, servers, ceilingMs) {
      const wanted = [...servers].sort().join(' ')
      const settled = () =>
        addresses.every((address) => [...holdersOf(address)].sort().join(' ') === wanted)
      const what = `${addresses.join(' ')} held by ${wanted || 'nobody'}`
      return observer.waitUntil(settled, what, ceilingMs)
    },
    waitUntil(condition, what, ceilingMs = CEILING_MS) {
      if (condition()) return Promise.resolve()
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          stop()
          reject(new Error(`not within ${ceilingMs} ms: ${what}\n${describe(changes)}`))
        }, ceilingMs)
        const stop = observer.onChange(() => {
          if (!condition()) return
          clearTimeout(timer)
          stop()
          resolve()
        })
      })
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async watch(node) {
      const monitor = await node.spawn('ip monitor', ['ip', '-o', '-ts', 'monitor', 'address'])
      monitor.log.onLine((line) => {
        const change = parseChange(node.name, line.text)
        if (change !== null) note(change)
      })
      await untilListening(node, monitor.log.lines)
    },
    forget(server) {
      for (const [address, holders] of held) {
        if (holders.has(server)) note({ atMs: Date.now(), server, address, holds: false })
      }
    },
  }
  return observer
}

/** `ip monitor` does not say when it has begun to listen, so something is done that it must see. */
async function untilListening(node: Node, lines: readonly { text: string }[]): Promise<void> {
  const seen = () => lines.some((line) => line.text.includes(MARKER))
  for (let attempt = 0; attempt < 200; attempt++) {
    await node.run(['ip', 'address', 'add', `${MARKER}/32`, 'dev', 'lo'])
    await node.run(['ip', 'address', 'del', `${MARKER}/32`, 'dev', 'lo'])
    if (seen()) return
    await Bun.sleep(10)
  }
  throw new Error(`${node.name}: ip monitor never reported anything`)
}

const MONITOR_LINE = /^\[([^\]]+)\] (Deleted )?\d+: (\S+)\s+inet6? ([^/\s]+)/

/** One line of `ip -o -ts monitor address`; null for what does not matter. */
export function parseChange(server: string, line: string): HoldingChange | null {
  const match = MONITOR_LINE.exec(line)
  if (match === null) return null
  const [, time, deleted, device, address] = match
  if (time === undefined || address === undefined || device === 'lo') return null
  return { atMs: Date.parse(`${time}Z`), server, address, holds: deleted === undefined }
}

/** The last changes, for a person who must find out why a wait failed. */
export function describe(changes: readonly HoldingChange[]): string {
  return changes
    .slice(-60)
    .map((change) => {
      const time = new Date(change.atMs).toISOString().slice(11, 23)
      return `${time} ${change.server} ${change.holds ? '+' : '-'} ${change.address}`
    })
    .join('\n')
}
