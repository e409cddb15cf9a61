// What a test run says at its end: how long each step took, what was slow, what failed.
import { type Result, STEPS, type Step, sum } from './job.ts'

const SLOWEST = 15

/** The last lines of a run; the very last is "N passed, N failed, N skipped". */
export function closingLines(
  results: readonly Result[],
  tookS: number,
  idle: number,
): readonly string[] {
  const counts = sum(results.map((result) => result.counts))
  return [
    '',
    ...stepLines(results),
    '',
    ...slowestLines(results),
    '',
    `It took ${tookS.toFixed(0)} s. The processors were idle for ${(idle * 100).toFixed(0)} % of it.`,
    ...results.filter((result) => result.counts.failed > 0).map(failureLine),
    ...(counts.passed + counts.failed === 0 ? ['no test ran'] : []),
    `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
  ]
}

/** A step's time is from the start of its first job to the end of its last. */
function stepLines(results: readonly Result[]): readonly string[] {
  const row = (step: Step): readonly string[] => {
    const own = results.filter((result) => result.job.step === step)
    if (own.length === 0) return []
    const fromS = Math.min(...own.map((result) => result.startedS))
    const toS = Math.max(...own.map((result) => result.startedS + result.tookS))
    const { passed, failed, skipped } = sum(own.map((result) => result.counts))
    const processorS = own.reduce((all, result) => all + result.processorS, 0)
    const cells = [toS - fromS, fromS, processorS].map((seconds) => seconds.toFixed(0).padStart(9))
    const found = [passed, failed, skipped].map((count) => String(count).padStart(7))
    return [`${step.padEnd(9)} ${cells.join('  ')}  ${found.join('  ')}`]
  }
  const title = `${'step'.padEnd(9)}   seconds      from s  processor   passed   failed  skipped`
  return [title, ...STEPS.flatMap(row)]
}

/** The files of a job that has several are told apart, as its report does. */
function slowestLines(results: readonly Result[]): readonly string[] {
  const timed = results.flatMap((result): readonly (readonly [string, number])[] =>
    result.files.size > 1 ? [...result.files] : [[result.job.name, result.tookS]],
  )
  const slowest = timed.sort(([, a], [, b]) => b - a).slice(0, SLOWEST)
  const lines = slowest.map(([name, seconds]) => `${seconds.toFixed(1).padStart(7)} s  ${name}`)
  return [`the ${lines.length} slowest`, ...lines]
}

/** What failed, named once more at the end, where it is seen. */
function failureLine({ job, counts, cases }: Result): string {
  const places = cases
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ file, line }) => `${file}:${line}`)
  return `failed: ${job.name} (${counts.failed}) ${[...new Set(places)].join(' ')}`.trimEnd()
}
