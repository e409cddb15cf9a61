// A small model of keepalived's IPVS half: it follows the files of weights, in UDP and then in TCP.
import { REMOVED } from '../../../src/balancer/pool.ts'
import type { Agenda } from '../../../src/simulate/agenda.ts'
import type { Random } from '../../../src/simulate/random.ts'

export const HALVES = ['udp', 'tcp'] as const
export type Half = (typeof HALVES)[number]

/** keepalived reads a file that was renamed into place so soon: measured 11 ms in the median, 36 at worst. */
const NOTICES_MS = { least: 4, mean: 10, most: 36 } as const
/** The TCP half follows the UDP half: 7 ms in the median, 35 at worst. */
const APART_MS = { least: 1, mean: 8.7, most: 35 } as const
/** `lvs_flush`: the table is empty for so long after a start, and then right. */
const FLUSHED_MS = { udp: 10, tcp: 16 } as const
/** When its parent is killed, the checker empties the table within this time. */
const EMPTIES_WITHIN_MS = 700

/** The longest that the halves differ while one change is applied. */
export const MAX_APART_MS = APART_MS.most
/** The longest from so many files' changing to the last half's following. */
export function maxAppliedMs(files: number): number {
  return NOTICES_MS.most + files * APART_MS.most
}

export interface IpvsService {
  readonly name: string
  readonly backends: readonly string[]
  /** It has a sorry server. */
  readonly sorry: boolean
}

export interface IpvsHost {
  readonly agenda: Agenda
  readonly nowMs: () => number
  readonly random: Random
  /** What the file of a backend holds; null where it is missing. */
  read(backend: string): number | null
  /** The table is no longer what it was. */
  changed(): void
}

export interface Ipvs {
  /** Since when keepalived follows the files with a whole table; null while it does not. */
  readySinceMs(): number | null
  /** What the kernel has; null for a backend that is not in the table. */
  weight(half: Half, backend: string): number | null
  /** The sorry server takes the place of all others. */
  isSorry(half: Half, service: string): boolean
  start(): void
  /** keepalived is killed. What becomes of the table depends on which of its processes it was. */
  die(leaves: 'table' | 'nothing'): void
  /** It is stopped in order, or its host is: the table is empty. */
  stop(): void
  /** A file was renamed into place, or removed. */
  fileChanged(backend: string): void
}

/** One balancer's keepalived and kernel. */
interface Table {
  readonly host: IpvsHost
  readonly values: Readonly<Record<Half, Map<string, number>>>
  readonly isThere: Record<Half, boolean>
  readonly serviceOf: ReadonlyMap<string, IpvsService>
  isRunning: boolean
  readySinceMs: number | null
  queue: string[]
  isBusy: boolean
  /** What keepalived is about to do is lost when it dies. */
  life: number
}

/** One balancer's keepalived and kernel, with nothing in the table. */
export function createIpvs(services: readonly IpvsService[], host: IpvsHost): Ipvs {
  const { nowMs, random } = host
  const table: Table = {
    host,
    values: { udp: new Map(), tcp: new Map() },
    isThere: { udp: false, tcp: false },
    serviceOf: new Map(
      services.flatMap((service) => service.backends.map((name) => [name, service])),
    ),
    isRunning: false,
    readySinceMs: null,
    queue: [],
    isBusy: false,
    life: 0,
  }
  return {
    readySinceMs: () => table.readySinceMs,
    weight(half, backend) {
      const value = table.values[half].get(backend) ?? 0
      const isOut = !table.isThere[half] || value === REMOVED
      return isOut || isSorry(table, half, table.serviceOf.get(backend)) ? null : Math.max(0, value)
    },
    isSorry: (half, service) =>
      isSorry(
        table,
        half,
        services.find(({ name }) => name === service),
      ),
    start() {
      end(table)
      table.isRunning = true
      empty(table)
      for (const backend of table.serviceOf.keys()) {
        const value = host.read(backend) ?? 0
        for (const half of HALVES) table.values[half].set(backend, value)
      }
      later(table, FLUSHED_MS.udp, () => {
        table.isThere.udp = true
        host.changed()
      })
      later(table, FLUSHED_MS.tcp, () => {
        table.isThere.tcp = true
        table.readySinceMs = nowMs()
        host.changed()
        attend(table)
      })
    },
    die(leaves) {
      end(table)
      if (leaves === 'table') return
      later(table, random.between(0, EMPTIES_WITHIN_MS), () => empty(table))
    },
    stop() {
      end(table)
      empty(table)
    },
    fileChanged(backend) {
      if (!table.isRunning) return
      if (!table.queue.includes(backend)) table.queue.push(backend)
      attend(table)
    },
  }
}

function later(table: Table, afterMs: number, run: () => void): void {
  const born = table.life
  table.host.agenda.add(table.host.nowMs() + afterMs, () => {
    if (born === table.life) run()
  })
}

/** The quorum is a weight of 1, and without it a sorry server is alone in the table. */
function hasQuorum(table: Table, half: Half, { backends }: IpvsService): boolean {
  return backends.some((name) => (table.values[half].get(name) ?? 0) > 0)
}

function isSorry(table: Table, half: Half, service: IpvsService | undefined): boolean {
  return service?.sorry === true && table.isThere[half] && !hasQuorum(table, half, service)
}

/** Changes are taken in one after the other, each in both halves. */
function takeNext(table: Table): void {
  const backend = table.queue.shift()
  if (backend === undefined) {
    table.isBusy = false
    return
  }
  const value = table.host.read(backend) ?? 0
  table.values.udp.set(backend, value)
  table.host.changed()
  later(table, drawn(APART_MS, table.host.random), () => {
    table.values.tcp.set(backend, value)
    table.host.changed()
    takeNext(table)
  })
}

function attend(table: Table): void {
  if (table.isBusy || table.readySinceMs === null || table.queue.length === 0) return
  table.isBusy = true
  later(table, drawn(NOTICES_MS, table.host.random), () => takeNext(table))
}

function end(table: Table): void {
  table.life++
  table.isRunning = false
  table.readySinceMs = null
  table.queue = []
  table.isBusy = false
}

function empty(table: Table): void {
  table.isThere.udp = false
  table.isThere.tcp = false
  table.host.changed()
}

/** Mostly near the least, sometimes far from it, never beyond what was seen. */
function drawn(range: typeof NOTICES_MS | typeof APART_MS, random: Random): number {
  return Math.min(range.most, range.least + random.exponential(range.mean))
}
