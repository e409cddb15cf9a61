// Finds tests that fail now and then: runs the same files many times, side by side, and counts.
import type { Job, Result } from './job.ts'

/** Each file as a job of its own, several times, and once what it needs. */
export function repeated(jobs: readonly Job[], times: number): readonly Job[] {
  const tests = jobs.filter(({ counts }) => counts === 'junit').flatMap(perFile)
  const needed = new Set(tests.flatMap(({ needs }) => needs))
  // A set goes on to what is added while it is gone through.
  for (const name of needed)
    for (const need of jobs.find((job) => job.name === name)?.needs ?? []) needed.add(need)
  const made = jobs.filter(({ name, counts }) => counts === 'exit' && needed.has(name))
  const runs = Array.from({ length: times }, (_, index) =>
    tests.map((job) => ({ ...job, name: `${job.name} (${index + 1} of ${times})` })),
  )
  return [...made, ...runs.flat()]
}

/** A batch of files is as many jobs. */
function perFile(job: Job): readonly Job[] {
  const files = job.command.filter((word) => word.endsWith('.test.ts'))
  const options = job.command.filter((word) => !files.includes(word))
  const nameOf = (file: string) => (files.length === 1 ? job.name : file)
  return files.map((file) => ({ ...job, name: nameOf(file), command: [...options, file] }))
}

/** How often which test failed, most often first. */
export function failureLines(results: readonly Result[]): readonly string[] {
  const counts = new Map<string, { failed: number; ran: number }>()
  const note = (name: string, hasFailed: boolean) => {
    const { failed, ran } = counts.get(name) ?? { failed: 0, ran: 0 }
    counts.set(name, { failed: failed + (hasFailed ? 1 : 0), ran: ran + 1 })
  }
  for (const { job, counts: found, cases } of results) {
    for (const { file, line, name, outcome } of cases) {
      if (outcome !== 'skipped') note(`${file}:${line} ${name}`, outcome === 'failed')
    }
    const isTold = cases.some(({ outcome }) => outcome === 'failed')
    if (found.failed > 0 && !isTold) note(`${job.command.at(-1)} as a whole`, true)
  }
  const failing = [...counts].filter(([, { failed }]) => failed > 0)
  failing.sort(([, a], [, b]) => b.failed / b.ran - a.failed / a.ran)
  return failing.map(([name, { failed, ran }]) => `failed ${failed} of ${ran}  ${name}`)
}
