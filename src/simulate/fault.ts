// Faults: what can go wrong, with whom, when and for how long; and the generator that draws them from a seed.
import type { Random } from './random.ts'

/** One thing that begins at a time. Servers are counted from 0. */
export type Fault =
  /** Steady loss: each query on its own, or all queries of bursts with this mean length. */
  | {
      readonly kind: 'errors'
      readonly server: number
      readonly rate: number
      readonly burstMs: number | null
    }
  | { readonly kind: 'crash'; readonly server: number; readonly forMs: number }
  | { readonly kind: 'freeze'; readonly server: number; readonly forMs: number }
  | {
      readonly kind: 'slow'
      readonly server: number
      readonly times: number
      readonly forMs: number
    }
  /** The next service address that comes loses its TCP socket, if it comes within this time. */
  | { readonly kind: 'lost-socket'; readonly server: number; readonly withinMs?: number }
  | { readonly kind: 'link-loss'; readonly server: number; readonly forMs: number }
  /** The servers below `split` no longer hear the others. */
  | { readonly kind: 'partition'; readonly split: number; readonly forMs: number }
  | { readonly kind: 'daemon-death'; readonly server: number; readonly forMs: number }
  | { readonly kind: 'upstream-outage'; readonly forMs: number }
  /** What lies upstream is not even refused: nothing answers, and each question waits for its timeout. */
  | { readonly kind: 'upstream-silence'; readonly forMs: number }
  /** The daemon reads its unchanged config again and again. */
  | {
      readonly kind: 'reload-storm'
      readonly server: number
      readonly everyMs: number
      readonly forMs: number
    }
  /** The daemon's process is stopped, and goes on afterwards. */
  | { readonly kind: 'stall'; readonly server: number; readonly forMs: number }
  /** Whatever the daemon publishes keeps it waiting for so long. */
  | {
      readonly kind: 'slow-disk'
      readonly server: number
      readonly waitMs: number
      readonly forMs: number
    }
  /** Every server reads the new order at once, or one after another over this time. */
  | { readonly kind: 'order'; readonly order: readonly number[]; readonly overMs?: number }
  | {
      readonly kind: 'drain'
      readonly server: number
      readonly mode: 'drained' | 'isolated'
      readonly forMs: number
    }

export type FaultKind = Fault['kind']

export interface TimedFault {
  readonly atMs: number
  readonly fault: Fault
}

/** How often a kind of fault comes, and how long it lasts. */
export interface FaultRate {
  readonly kind: Exclude<FaultKind, 'errors'>
  readonly perHour: number
  readonly minMs: number
  readonly maxMs: number
  /** Who may be affected; all where it is left out. */
  readonly servers?: readonly number[]
}

/** What a simulation is put through: steady losses, faults at set times, and faults at random. */
export interface Scenario {
  readonly name: string
  readonly summary: string
  readonly steady: readonly {
    readonly servers: readonly number[] | 'all'
    readonly rate: number
    readonly burstMs: number | null
    /** When it begins; at once where it is left out. */
    readonly fromMs?: number
  }[]
  readonly timed: readonly TimedFault[]
  readonly random: readonly FaultRate[]
  /** When random faults cease, as a share of the run; the rest shows what everything settles to. */
  readonly quietFrom: number
}

/** All faults of one run in order of time; the same seed gives the same list whatever the policy. */
export function drawFaults(
  scenario: Scenario,
  servers: number,
  endMs: number,
  random: Random,
): TimedFault[] {
  const faults: TimedFault[] = [...scenario.timed]
  for (const { servers: whom, rate, burstMs, fromMs } of scenario.steady) {
    const list = whom === 'all' ? Array.from({ length: servers }, (_, server) => server) : whom
    for (const server of list)
      faults.push({ atMs: fromMs ?? 0, fault: { kind: 'errors', server, rate, burstMs } })
  }
  for (const [index, rate] of scenario.random.entries()) {
    const stream = random.fork(`fault ${index} ${rate.kind}`)
    const untilMs = endMs * scenario.quietFrom
    for (
      let atMs = nextAfter(0, rate, stream);
      atMs < untilMs;
      atMs = nextAfter(atMs, rate, stream)
    ) {
      faults.push({ atMs, fault: drawFault(rate, servers, stream) })
    }
  }
  return faults.sort((a, b) => a.atMs - b.atMs)
}

function nextAfter(atMs: number, rate: FaultRate, random: Random): number {
  return atMs + random.exponential(3_600_000 / rate.perHour)
}

function drawFault(rate: FaultRate, servers: number, random: Random): Fault {
  const { kind, minMs, maxMs } = rate
  const drawn = Math.floor(random.between(0, rate.servers?.length ?? servers))
  const server = rate.servers?.[drawn] ?? drawn
  const forMs = random.between(minMs, maxMs)
  switch (kind) {
    case 'crash':
    case 'freeze':
    case 'link-loss':
    case 'daemon-death':
    case 'stall':
      return { kind, server, forMs }
    case 'reload-storm':
      return { kind, server, everyMs: random.between(20, 1000), forMs }
    case 'slow-disk':
      return { kind, server, waitMs: random.between(10, 3000), forMs }
    case 'slow':
      return { kind, server, times: random.between(10, 1000), forMs }
    case 'lost-socket':
      return { kind, server, withinMs: forMs }
    case 'partition':
      return { kind, split: 1 + Math.floor(random.between(0, Math.max(1, servers - 1))), forMs }
    case 'upstream-outage':
    case 'upstream-silence':
      return { kind, forMs }
    case 'order':
      return { kind, order: drawOrder(servers, random), overMs: forMs }
    case 'drain':
      return { kind, server, mode: random.chance(0.5) ? 'drained' : 'isolated', forMs }
    default:
      return kind satisfies never
  }
}

/** A shuffled order, from which one server may be missing. */
function drawOrder(servers: number, random: Random): number[] {
  const order: number[] = []
  for (let server = 0; server < servers; server++) {
    order.splice(Math.floor(random.between(0, order.length + 1)), 0, server)
  }
  if (order.length > 1 && random.chance(0.3)) order.pop()
  return order
}
