// Runs checks of the doctor's: several at once, within one limit, told in their order.
import { durationText } from '../documents/text.ts'
import type { DoctorCheck } from './doctor-check.ts'
import { findingOf } from './finding.ts'
import type { Host } from './host.ts'
import { mapConcurrent } from './map-concurrent.ts'
import type { CheckOutcome, CheckResult } from './results.ts'
import { titleOn } from './titled.ts'

export interface RunOptions {
  /** Called in the order of the checks, each as soon as all before it have ended. */
  readonly onResult?: (result: CheckResult) => void
  /** How many run at once. */
  readonly maxAtOnce?: number
  /** After this time nothing more is waited for: what has not ended is a crash of that check alone. */
  readonly limitMs?: number
}

interface Run {
  readonly results: Promise<readonly CheckResult[]>
  /** The checks that have begun and not ended, in order. */
  running(): readonly DoctorCheck[]
}

/** Most of them wait, for a program or for the same fact as others. */
const MAX_AT_ONCE = 32
/**
 * One limit for all: a run takes as long as its longest check, and most of what a check waits for
 * others wait for, too. Each program that it starts has a limit of its own.
 */
const LIMIT_MS = 12_000

/** Starts the checks. What a check throws is a crash of that check alone. */
export function startChecks(
  checks: readonly DoctorCheck[],
  host: Host,
  options: RunOptions = {},
): Run {
  const { onResult = () => {}, maxAtOnce = MAX_AT_ONCE, limitMs = LIMIT_MS } = options
  const { clock } = host.inspect
  const over = timeout(limitMs)
  const results = new Map<DoctorCheck, CheckResult>()
  const running = new Set<DoctorCheck>()
  let told = 0
  const tellWhatCanBeTold = () => {
    for (; told < checks.length; told++) {
      const result = results.get(checks[told] as DoctorCheck)
      if (result === undefined) return
      onResult(result)
    }
  }
  const isLong = ({ takesSeconds }: DoctorCheck) => Number(takesSeconds === true)
  const longestFirst = checks.toSorted((a, b) => isLong(b) - isLong(a))
  const all = mapConcurrent(longestFirst, maxAtOnce, async (check) => {
    running.add(check)
    const startMs = clock.nowMs()
    const outcome = over.isOver()
      ? NO_TIME_LEFT
      : await Promise.race([looked(check, host), over.outcome])
    running.delete(check)
    const { code, category } = check
    const title = await titleOn(host, check)
    results.set(check, { code, category, title, outcome, tookMs: clock.nowMs() - startMs })
    tellWhatCanBeTold()
  })
  return {
    results: all
      .finally(over.cancel)
      .then(() => checks.flatMap((check) => results.get(check) ?? [])),
    running: () => checks.filter((check) => running.has(check)),
  }
}

const NO_TIME_LEFT: CheckOutcome = { kind: 'crash', why: 'not run: the time limit was reached' }

interface Timeout {
  /** What a check has come to that has begun and not ended by then. */
  readonly outcome: Promise<CheckOutcome>
  isOver(): boolean
  cancel(): void
}

function timeout(limitMs: number): Timeout {
  const why = `not finished after ${durationText(limitMs)}`
  const { promise, resolve } = Promise.withResolvers<CheckOutcome>()
  let isOver = false
  const timer = setTimeout(() => {
    isOver = true
    resolve({ kind: 'crash', why })
  }, limitMs)
  return { outcome: promise, isOver: () => isOver, cancel: () => clearTimeout(timer) }
}

async function looked(check: DoctorCheck, host: Host): Promise<CheckOutcome> {
  try {
    const finding = await findingOf(host, check)
    return finding.kind === 'trouble' ? { ...finding, kind: check.severity } : finding
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return { kind: 'crash', why: why.split('\n', 1)[0] ?? '' }
  }
}
