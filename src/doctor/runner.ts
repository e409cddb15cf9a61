// Runs checks of the doctor's: several at once, each within its time, told in their order.
import { durationText } from '../documents/text.ts'
import type { Check, Finding } from './check.ts'
import type { Host } from './host.ts'
import { mapConcurrent } from './map-concurrent.ts'
import type { Outcome, Result } from './results.ts'

export interface RunOptions {
  /** Called in the order of the checks, each as soon as all before it have ended. */
  readonly onResult?: (result: Result) => void
  /** How many run at once. */
  readonly most?: number
  /** After this time nothing more is waited for. */
  readonly totalMs?: number
}

export interface Run {
  readonly results: Promise<readonly Result[]>
  /** The checks that have begun and not ended, in order. */
  running(): readonly Check[]
}

const LIMIT_MS = 5000
/** Most of them wait, for a program or for the same fact as others. */
const MOST = 32
const TOTAL_MS = 12_000

/** Starts the checks. What a check throws, or does not end in time, is a crash of that check alone. */
export function startChecks(checks: readonly Check[], host: Host, options: RunOptions = {}): Run {
  const { onResult = () => {}, most = MOST, totalMs = TOTAL_MS } = options
  const { clock } = host.inspect
  const endMs = clock.nowMs() + totalMs
  const results = new Map<Check, Result>()
  const running = new Set<Check>()
  let told = 0
  const tellWhatCanBeTold = () => {
    for (; told < checks.length; told++) {
      const result = results.get(checks[told] as Check)
      if (result === undefined) return
      onResult(result)
    }
  }
  // The longest begin first: they are what a run takes.
  const byLength = checks.toSorted((a, b) => limitOf(b) - limitOf(a))
  const all = mapConcurrent(byLength, most, async (check) => {
    running.add(check)
    const startMs = clock.nowMs()
    const outcome = await outcomeOf(check, host, Math.min(limitOf(check), endMs - startMs))
    running.delete(check)
    const { code, category, title } = check
    results.set(check, { code, category, title, outcome, tookMs: clock.nowMs() - startMs })
    tellWhatCanBeTold()
  })
  return {
    results: all.then(() => checks.flatMap((check) => results.get(check) ?? [])),
    running: () => checks.filter((check) => running.has(check)),
  }
}

function limitOf({ limitMs = LIMIT_MS }: Check): number {
  return limitMs
}

async function outcomeOf(check: Check, host: Host, limitMs: number): Promise<Outcome> {
  if (limitMs <= 0) return { kind: 'crash', why: 'no time was left for it' }
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Outcome>((resolve) => {
    const why = `took longer than ${durationText(limitMs)}`
    timer = setTimeout(() => resolve({ kind: 'crash', why }), limitMs)
  })
  try {
    return await Promise.race([looked(check, host), late])
  } finally {
    clearTimeout(timer)
  }
}

async function looked(check: Check, host: Host): Promise<Outcome> {
  try {
    return asOutcome(await check.run(host), check)
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return { kind: 'crash', why: why.split('\n', 1)[0] ?? '' }
  }
}

function asOutcome(finding: Finding, { severity }: Check): Outcome {
  switch (finding.kind) {
    case 'trouble': {
      const { what, evidence, remedy } = finding
      return { kind: severity, what, evidence, remedy }
    }
    case 'ok':
    case 'skip':
      return finding
    default:
      return finding satisfies never
  }
}
