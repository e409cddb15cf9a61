// Histories for keepalived: what is done to three routers, step by step, on whatever plays them.

/** FAULT, or an effective priority. */
export type Worth = number | 'fault'

export type Action =
  | { readonly kind: 'publish'; readonly worth: Readonly<Record<string, Worth>> }
  /** SIGTERM to keepalived, and its start again at the priority that its file has. */
  | { readonly kind: 'stop'; readonly server: string }
  | { readonly kind: 'start'; readonly server: string }
  | { readonly kind: 'cable'; readonly server: string; readonly up: boolean }
  /** One server neither sends nor hears VRRP; everything else passes. */
  | { readonly kind: 'cut'; readonly server: string }
  | { readonly kind: 'heal'; readonly server: string }

export interface HistoryStep {
  readonly name: string
  readonly action: Action
}

/** A router became holder of the address, or ceased to be, so long after the step's action. */
export interface Turn {
  readonly server: string
  readonly holds: boolean
  readonly afterMs: number
}

export const SERVERS = ['s1', 's2', 's3'] as const

const HEALTHY = { s1: 250, s2: 200, s3: 150 } as const

function publish(name: string, worth: Readonly<Record<string, Worth>>): HistoryStep {
  return { name, action: { kind: 'publish', worth } }
}

// Each part begins and ends with all healthy and s1 holding.

const PRIORITIES: readonly HistoryStep[] = [
  publish('the holder fails: 250 to 10', { s1: 10 }),
  publish('it recovers and takes the address back', { s1: 250 }),
  publish('holder and second fail at once', { s1: 10, s2: 10 }),
  publish('all fail: equal priorities', { s3: 10 }),
  publish('one of the equals goes down and up again', { s2: 1 }),
  publish('all are on probation but for the holder', { s1: 55, s2: 10 }),
  publish('equal again', { s2: 55, s3: 55 }),
  publish('all recover', HEALTHY),
]

const FAULTS: readonly HistoryStep[] = [
  publish('the holder goes to FAULT', { s1: 'fault' }),
  publish('it leaves FAULT', { s1: 250 }),
  publish('all go to FAULT', { s1: 'fault', s2: 'fault', s3: 'fault' }),
  publish('one leaves FAULT at the lowest priority', { s3: 1 }),
  publish('the others leave FAULT', { s1: 250, s2: 200, s3: 150 }),
]

const PREEMPTION: readonly HistoryStep[] = [
  publish('a backup rises above the holder', { s3: 254 }),
  publish('it falls back', { s3: 150 }),
]

const PROGRAMS: readonly HistoryStep[] = [
  { name: "the holder's keepalived is stopped", action: { kind: 'stop', server: 's1' } },
  { name: 'it is started again', action: { kind: 'start', server: 's1' } },
  { name: "a backup's keepalived is stopped", action: { kind: 'stop', server: 's2' } },
  { name: 'it is started again', action: { kind: 'start', server: 's2' } },
]

const NETWORK: readonly HistoryStep[] = [
  { name: "the holder's cable is pulled", action: { kind: 'cable', server: 's1', up: false } },
  { name: 'it is plugged in', action: { kind: 'cable', server: 's1', up: true } },
  { name: 'the holder is cut off from VRRP', action: { kind: 'cut', server: 's1' } },
  publish('cut off, it fails', { s1: 10 }),
  publish('cut off, it recovers', { s1: 250 }),
  { name: 'the cut heals: two holders meet', action: { kind: 'heal', server: 's1' } },
  { name: 'a backup is cut off', action: { kind: 'cut', server: 's3' } },
  { name: 'the cut heals', action: { kind: 'heal', server: 's3' } },
]

/** Everything that an address's way can depend on. */
export const HISTORY = [...PRIORITIES, ...FAULTS, ...PREEMPTION, ...PROGRAMS, ...NETWORK]

/** What an advert a second leaves time for: where version 2 counts otherwise than version 3. */
export const SHORT_HISTORY = [...PRIORITIES, ...FAULTS]

export interface Comparison {
  readonly step: string
  readonly real: readonly Turn[]
  readonly model: readonly Turn[]
  /** The greatest difference in time between turns that correspond; null when they do not. */
  readonly differenceMs: number | null
}

/**
 * Sets what happened beside what the model says. Who gained the address must agree in order, and so
 * must who lost it; of a loss and a gain at one moment either may be seen first.
 */
export function compareStep(
  step: string,
  real: readonly Turn[],
  model: readonly Turn[],
): Comparison {
  let differenceMs: number | null = 0
  for (const holds of [true, false]) {
    const [ours, theirs] = [model, real].map((turns) =>
      turns.filter((turn) => turn.holds === holds),
    )
    if (ours?.length !== theirs?.length) differenceMs = null
    for (const [index, turn] of (ours ?? []).entries()) {
      const other = theirs?.[index]
      if (differenceMs === null || other?.server !== turn.server) differenceMs = null
      else differenceMs = Math.max(differenceMs, Math.abs(other.afterMs - turn.afterMs))
    }
  }
  return { step, real, model, differenceMs }
}

/** The comparisons as a Markdown table. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ step, real, model, differenceMs }) => [
    step,
    turnsText(real),
    turnsText(model),
    differenceMs === null ? 'DISAGREE' : `${Math.round(differenceMs)} ms`,
  ])
  const all = [['step', 'keepalived 2.2.7', 'model', 'difference'], ...rows]
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = line(widths.map((width) => '-'.repeat(width)))
  return [line(all[0] ?? []), rule, ...rows.map(line)].join('\n')
}

function turnsText(turns: readonly Turn[]): string {
  if (turns.length === 0) return 'nothing moves'
  const inOrder = turns.toSorted((a, b) => a.afterMs - b.afterMs)
  return inOrder
    .map((turn) => `${turn.holds ? '+' : '-'}${turn.server} ${Math.round(turn.afterMs)}`)
    .join(', ')
}
