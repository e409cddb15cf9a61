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

/** One balancer's keepalived and kernel, with nothing in the table. */
export function createIpvs(services: readonly IpvsService[], host: IpvsHost): Ipvs {
  const { agenda, nowMs, random } = host
  const values = { udp: new Map<string, number>(), tcp: new Map<string, number>() }
  const isThere = { udp: false, tcp: false }
  const serviceOf = new Map(services.flatMap((it) => it.backends.map((name) => [name, it])))
  let isRunning = false
  let readySinceMs: number | null = null
  let queue: string[] = []
  let isBusy = false
  /** What keepalived is about to do is lost when it dies. */
  let life = 0

  function later(afterMs: number, run: () => void): void {
    const born = life
    agenda.add(nowMs() + afterMs, () => {
      if (born === life) run()
    })
  }

  /** The quorum is a weight of 1, and without it a sorry server is alone in the table. */
  function hasQuorum(half: Half, { backends }: IpvsService): boolean {
    return backends.some((name) => (values[half].get(name) ?? 0) > 0)
  }

  function isSorry(half: Half, service: IpvsService | undefined): boolean {
    return service?.sorry === true && isThere[half] && !hasQuorum(half, service)
  }

  /** Changes are taken in one after the other, each in both halves. */
  function takeNext(): void {
    const backend = queue.shift()
    if (backend === undefined) {
      isBusy = false
      return
    }
    const value = host.read(backend) ?? 0
    values.udp.set(backend, value)
    host.changed()
    later(drawn(APART_MS, random), () => {
      values.tcp.set(backend, value)
      host.changed()
      takeNext()
    })
  }

  function attend(): void {
    if (isBusy || readySinceMs === null || queue.length === 0) return
    isBusy = true
    later(drawn(NOTICES_MS, random), takeNext)
  }

  function end(): void {
    life++
    isRunning = false
    readySinceMs = null
    queue = []
    isBusy = false
  }

  function empty(): void {
    isThere.udp = false
    isThere.tcp = false
    host.changed()
  }

  return {
    readySinceMs: () => readySinceMs,
    weight(half, backend) {
      const value = values[half].get(backend) ?? 0
      const isOut = !isThere[half] || value === REMOVED
      return isOut || isSorry(half, serviceOf.get(backend)) ? null : Math.max(0, value)
    },
    isSorry: (half, service) =>
      isSorry(
        half,
        services.find(({ name }) => name === service),
      ),
    start() {
      end()
      isRunning = true
      empty()
      for (const backend of serviceOf.keys()) {
        const value = host.read(backend) ?? 0
        for (const half of HALVES) values[half].set(backend, value)
      }
      later(FLUSHED_MS.udp, () => {
        isThere.udp = true
        host.changed()
      })
      later(FLUSHED_MS.tcp, () => {
        isThere.tcp = true
        readySinceMs = nowMs()
        host.changed()
        attend()
      })
    },
    die(leaves) {
      end()
      if (leaves === 'table') return
      later(random.between(0, EMPTIES_WITHIN_MS), empty)
    },
    stop() {
      end()
      empty()
    },
    fileChanged(backend) {
      if (!isRunning) return
      if (!queue.includes(backend)) queue.push(backend)
      attend()
    },
  }
}

/** Mostly near the least, sometimes far from it, never beyond what was seen. */
function drawn(range: typeof NOTICES_MS | typeof APART_MS, random: Random): number {
  return Math.min(range.most, range.least + random.exponential(range.mean))
}
