// What a history says of each probe at each endpoint: when it was in trouble, and how its queries ended.
import type { Outcome } from '../core/outcome.ts'
import type { ResultLine } from '../documents/history-lines.ts'
import type { Life } from '../documents/lives.ts'

/** One run of a check that did not go as it should, and the time for which it stands. */
export interface ProbeTrouble {
  readonly askedMs: number
  /** Halfway from the run before, … */
  fromMs: number
  /** … halfway to the one after. */
  toMs: number
  /** How its queries ended, in the order in which they were sent. */
  readonly ends: { readonly outcome: Outcome; readonly latencyMs: number }[]
}

export interface Observations {
  /** What an item that is asked at a time meets; null when all was well then. */
  troubleAt(item: string, nowMs: number): ProbeTrouble | null
  /** How soon a sound server answered then. */
  latencyAt(nowMs: number): number
  /** How much later than due a check cycle began then, because no timer is exact. */
  latenessAt(nowMs: number): number
}

/** Trouble with something that had never been asked stands for this time before. */
const FIRST_MS = 1000
/** Loopback answers take about as long, where the history does not say. */
const USUAL_LATENCY_MS = 1
/** A timer that is later than this share of the period was none of the operating system's doing. */
const MAX_LATENESS = 0.05

export function observationsOf(life: Life): Observations {
  const troubles = gatherTroubles(life)
  const { latencies, latenesses } = gatherBeats(life)
  return {
    troubleAt(item, nowMs) {
      const list = troubles.get(item)
      if (list === undefined) return null
      const found = lastBefore(list, nowMs, (trouble) => trouble.fromMs)
      return found !== null && nowMs < found.toMs ? found : null
    },
    latencyAt: (nowMs) =>
      lastBefore(latencies, nowMs, (latency) => latency.atMs)?.ms ?? USUAL_LATENCY_MS,
    latenessAt: (nowMs) => lastBefore(latenesses, nowMs, (lateness) => lateness.atMs)?.ms ?? 0,
  }
}

function gatherTroubles(life: Life): Map<string, ProbeTrouble[]> {
  const troubles = new Map<string, ProbeTrouble[]>()
  let names: readonly string[] = []
  for (const line of life.lines) {
    if (line.kind === 'items') names = line.names
    if (line.kind !== 'result' && line.kind !== 'again') continue
    const name = names[line.item]
    if (name === undefined) continue
    let list = troubles.get(name)
    if (list === undefined) {
      list = []
      troubles.set(name, list)
    }
    if (line.kind === 'result') takeResult(list, line)
    else endTrouble(list, line.askedMs)
  }
  for (const list of troubles.values()) separate(list)
  return troubles
}

/** Keeps the list in the order of asking, in which the ends of queries do not come. */
function takeResult(list: ProbeTrouble[], line: ResultLine): void {
  const { askedMs, beforeMs, nth, outcome, latencyMs } = line
  let index = list.length
  while (index > 0 && (list[index - 1] as ProbeTrouble).askedMs > askedMs) index--
  let trouble = list[index - 1]
  if (trouble === undefined || trouble.askedMs !== askedMs) {
    const fromMs = beforeMs === null ? askedMs - FIRST_MS : (askedMs + beforeMs) / 2
    trouble = { askedMs, fromMs, toMs: Number.POSITIVE_INFINITY, ends: [] }
    list.splice(index, 0, trouble)
  }
  trouble.ends[nth] = { outcome, latencyMs }
}

/** Trouble that follows on trouble begins where the other ends, and at the earliest halfway between. */
function separate(list: readonly ProbeTrouble[]): void {
  for (const [index, trouble] of list.entries()) {
    const before = list[index - 1]
    if (before === undefined) continue
    trouble.fromMs = Math.max(trouble.fromMs, (before.askedMs + trouble.askedMs) / 2)
    before.toMs = Math.min(before.toMs, trouble.fromMs)
  }
}

function endTrouble(list: readonly ProbeTrouble[], soundMs: number): void {
  const last = list.findLast((trouble) => trouble.askedMs < soundMs)
  if (last !== undefined) last.toMs = Math.min(last.toMs, (last.askedMs + soundMs) / 2)
}

interface Reading {
  readonly atMs: number
  readonly ms: number
}

/**
 * What a beat tells was measured since the one before, so it is dated back to that one. Only calm
 * stretches show how late timers are: in others, cycles wait and fail and begin anew.
 */
function gatherBeats({ start, lines }: Life): { latencies: Reading[]; latenesses: Reading[] } {
  const latencies: Reading[] = []
  const latenesses: Reading[] = []
  let { checkIntervalMs } = start.config.timing
  let before: { readonly cycle: number; readonly startedMs: number } | null = null
  /** Beats since anything else was written. */
  let calmBeats = 0
  for (const line of lines) {
    if (line.kind === 'config') checkIntervalMs = line.config.timing.checkIntervalMs
    if (line.kind !== 'beat') {
      calmBeats = 0
      continue
    }
    const atMs = before?.startedMs ?? Number.NEGATIVE_INFINITY
    if (line.latencyMs !== null) latencies.push({ atMs, ms: line.latencyMs })
    // What was written before a beat may have made cycles wait after it.
    if (before !== null && calmBeats >= 2 && line.cycle > before.cycle) {
      const eachMs = (line.startedMs - before.startedMs) / (line.cycle - before.cycle)
      const ms = eachMs - checkIntervalMs
      if (ms >= 0 && ms <= checkIntervalMs * MAX_LATENESS) latenesses.push({ atMs, ms })
    }
    before = line
    calmBeats++
  }
  return { latencies, latenesses }
}

/** The last of a sorted list that begins at or before a time. */
function lastBefore<T>(list: readonly T[], nowMs: number, begins: (entry: T) => number): T | null {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (begins(list[middle] as T) <= nowMs) low = middle + 1
    else high = middle
  }
  return list[low - 1] ?? null
}
