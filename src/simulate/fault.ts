// Faults: what can go wrong, with whom, when and for how long; what each is told, read and drawn from a seed.
import type { Random } from './random.ts'

/** What a fault can be told, by the keys of scenario files and of text; servers are counted from 0. */
interface Fields {
  readonly server: number
  readonly forMs: number
  readonly times: number
  readonly split: number
  readonly order: readonly number[]
  readonly mode: 'drained' | 'isolated'
  readonly everyMs: number
  readonly waitMs: number
  readonly withinMs?: number
  readonly overMs?: number
}

/** Each key, with the field of a fault that it stands for. */
export const FIELDS = {
  server: 'server',
  for: 'forMs',
  times: 'times',
  split: 'split',
  order: 'order',
  mode: 'mode',
  period: 'everyMs',
  wait: 'waitMs',
  within: 'withinMs',
  over: 'overMs',
} as const satisfies Readonly<Record<string, keyof Fields>>

export type FaultKey = keyof typeof FIELDS

/** They may be left out wherever they mean something. */
export const OPTIONAL_KEYS: readonly string[] = ['within', 'over']

/** Every kind of fault that comes at a time, with what it is told besides. */
const KEYS = {
  crash: ['server', 'for'],
  freeze: ['server', 'for'],
  slow: ['server', 'for', 'times'],
  /** The next service address that comes loses its TCP socket, if it comes within this time. */
  'lost-socket': ['server', 'within'],
  'link-loss': ['server', 'for'],
  /** The servers below `split` no longer hear the others. */
  partition: ['split', 'for'],
  'daemon-death': ['server', 'for'],
  'upstream-outage': ['for'],
  /** What lies upstream is not even refused: nothing answers, and each question waits for its timeout. */
  'upstream-silence': ['for'],
  /** The daemon reads its unchanged config again and again. */
  'reload-storm': ['server', 'for', 'period'],
  /** The daemon's process is stopped, and goes on afterwards. */
  stall: ['server', 'for'],
  /** Whatever the daemon publishes keeps it waiting for so long. */
  'slow-disk': ['server', 'for', 'wait'],
  /** Every server reads the new order at once, or one after another over this time. */
  order: ['order', 'over'],
  drain: ['server', 'mode', 'for'],
} as const satisfies Readonly<Record<string, readonly FaultKey[]>>

export type TimedKind = keyof typeof KEYS

type FaultOf<K extends TimedKind> = { readonly kind: K } & Pick<
  Fields,
  (typeof FIELDS)[(typeof KEYS)[K][number]]
>

/** One thing that begins at a time. */
export type Fault =
  /** Steady loss: each query on its own, or all queries of bursts with this mean length. */
  | {
      readonly kind: 'errors'
      readonly server: number
      readonly rate: number
      readonly burstMs: number | null
    }
  | { [K in TimedKind]: FaultOf<K> }[TimedKind]

export type FaultKind = Fault['kind']

export const TIMED_KINDS = Object.keys(KEYS) as readonly TimedKind[]

export function keysOf(kind: TimedKind): readonly FaultKey[] {
  return KEYS[kind]
}

export interface TimedFault {
  readonly atMs: number
  readonly fault: Fault
}

/** How often a kind of fault comes, and how long it lasts. */
export interface FaultRate {
  readonly kind: TimedKind
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

/** Where and how long are drawn whatever the kind, so that kinds differ in what is theirs alone. */
function drawFault(rate: FaultRate, servers: number, random: Random): Fault {
  const { kind, minMs, maxMs } = rate
  const drawn = Math.floor(random.between(0, rate.servers?.length ?? servers))
  const server = rate.servers?.[drawn] ?? drawn
  const forMs = random.between(minMs, maxMs)
  const fields: { readonly [K in FaultKey]: () => unknown } = {
    server: () => server,
    for: () => forMs,
    within: () => forMs,
    over: () => forMs,
    times: () => random.between(10, 1000),
    split: () => 1 + Math.floor(random.between(0, Math.max(1, servers - 1))),
    order: () => drawOrder(servers, random),
    mode: () => (random.chance(0.5) ? 'drained' : 'isolated'),
    period: () => random.between(20, 1000),
    wait: () => random.between(10, 3000),
  }
  const told = keysOf(kind).map((key) => [FIELDS[key], fields[key]()])
  return { kind, ...Object.fromEntries(told) } as Fault
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

/** Values by their keys; servers are counted from 1, as people do, and s1 is the first. */
export type FaultValues = {
  readonly [K in FaultKey]?: number | string | readonly number[] | undefined
}

/** @param values all that the kind needs, and nothing that it does not know */
export function faultOf(kind: TimedKind, values: FaultValues): Fault {
  const fields: { [field: string]: unknown } = {}
  for (const key of keysOf(kind)) {
    const value = values[key]
    if (typeof value === 'object') fields[FIELDS[key]] = value.map(fromZero)
    else if (value !== undefined)
      fields[FIELDS[key]] = key === 'server' ? fromZero(value as number) : value
  }
  return { kind, ...fields } as Fault
}

export function fromZero(server: number): number {
  return server - 1
}
