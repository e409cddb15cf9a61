// Virtual time: what is to happen, in the order of time, then of entry, and the clock that jumps from one to the next.

export interface Agenda {
  /** The time of the next entry; infinite when there is none. */
  nextMs(): number
  add(atMs: number, run: () => void): void
  /** Takes the next entry out and hands it back. */
  take(): () => void
}

interface LogEvent {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/** A binary heap; entries cannot be taken back, so whoever adds one checks on running whether it still holds. */
export function createAgenda(): Agenda {
  const heap: LogEvent[] = []
  let order = 0

  return {
    nextMs: () => heap[0]?.atMs ?? Number.POSITIVE_INFINITY,
    add(atMs, run) {
      heap.push({ atMs, order: order++, run })
      siftUp(heap, heap.length - 1)
    },
    take() {
      const first = heap[0]
      const last = heap.pop()
      if (first === undefined || last === undefined) throw new Error('the agenda is empty')
      if (heap.length > 0) {
        heap[0] = last
        siftDown(heap)
      }
      return first.run
    },
  }
}

function isBefore(one: LogEvent, other: LogEvent): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)
}

function siftUp(heap: LogEvent[], from: number): void {
  const entry = heap[from] as LogEvent
  let index = from
  while (index > 0) {
    const parent = (index - 1) >> 1
    const above = heap[parent] as LogEvent
    if (!isBefore(entry, above)) break
    heap[index] = above
    index = parent
  }
  heap[index] = entry
}

function siftDown(heap: LogEvent[]): void {
  const entry = heap[0] as LogEvent
  let index = 0
  for (;;) {
    let child = 2 * index + 1
    if (child >= heap.length) break
    const right = heap[child + 1]
    if (right !== undefined && isBefore(right, heap[child] as LogEvent)) child++
    const below = heap[child] as LogEvent
    if (!isBefore(below, entry)) break
    heap[index] = below
    index = child
  }
  heap[index] = entry
}

/** Something that wants to be woken at a time that may change at any moment. */
export interface Sleeper {
  /** Infinite while it wants nothing. */
  wakeAtMs(): number
  tick(): void
}

export interface VirtualClock {
  nowMs(): number
  /** Runs on until `untilMs`. */
  run(untilMs: number): void
}

/** A clock at time 0. At the same moment the agenda comes first; `sleepers` may grow. */
export function createVirtualClock(agenda: Agenda, sleepers: readonly Sleeper[]): VirtualClock {
  let now = 0
  return {
    nowMs: () => now,
    run(untilMs) {
      for (;;) {
        let nextMs = agenda.nextMs()
        let awake: Sleeper | null = null
        for (let index = 0; index < sleepers.length; index++) {
          const sleeper = sleepers[index] as Sleeper
          const wakeMs = sleeper.wakeAtMs()
          if (wakeMs < nextMs) {
            nextMs = wakeMs
            awake = sleeper
          }
        }
        if (nextMs > untilMs) break
        now = Math.max(now, nextMs)
        if (awake === null) agenda.take()()
        else awake.tick()
      }
      now = untilMs
    },
  }
}
