// What a test run is made of: commands with what they need, and what they came to.

export const STEPS = [
  ...['setup', 'types', 'lint', 'shell', 'unit', 'build', 'built', 'package', 'lab', 'machines'],
  ...['e2e', 'balancers', 'deno'],
] as const

export type Step = (typeof STEPS)[number]

export interface Job {
  /** Stands for it in output and in other jobs' needs: `setup:lab`, `test/lab/demo.test.ts`. */
  readonly name: string
  readonly step: Step
  readonly command: readonly string[]
  /** The names of jobs that must have passed before. */
  readonly needs: readonly string[]
  /**
   * `hosts` raises servers, whose elections a starved processor would decide.
   * `compute` takes what processors those leave.
   */
  readonly kind: 'hosts' | 'compute'
  /** How many processors it keeps busy, in the mean. */
  readonly processors: number
  readonly memoryMib: number
  /** How long it is expected to take. */
  readonly seconds: number
  /** Of the jobs with the same lock, one runs at a time. */
  readonly lock?: string
  /** `junit` for bun test, whose report is read; `exit` for a command that is one test. */
  readonly counts: 'junit' | 'exit'
}

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export interface TestCase {
  readonly file: string
  readonly line: number
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
}

export interface Result {
  readonly job: Job
  readonly counts: Counts
  readonly cases: readonly TestCase[]
  /** Seconds of each test file in it. */
  readonly files: ReadonlyMap<string, number>
  /** Seconds after the start of the run. */
  readonly startedS: number
  readonly tookS: number
  /** Seconds of processor time of the job and of what it waited for; what runs elsewhere is not in it. */
  readonly processorS: number
  readonly stdout: string
  readonly stderr: string
}

export function sum(counts: readonly Counts[]): Counts {
  const total = (of: (counts: Counts) => number) => counts.reduce((all, one) => all + of(one), 0)
  return {
    passed: total(({ passed }) => passed),
    failed: total(({ failed }) => failed),
    skipped: total(({ skipped }) => skipped),
  }
}
