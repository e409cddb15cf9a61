// The jobs of a quick run: types, lint, and the unit tests that a change can reach.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { changedSince, importsOf, readTree } from './changes.ts'
import type { Job } from './job.ts'
import { PROGRAM, reachedTests } from './reach.ts'
import { jobsOf, ROOT } from './steps.ts'

/** By these, what Biome says of a file that has not changed may change. */
const LINT_RULES = ['biome.json', 'package-lock.json']

/** The change is that of the work tree, or of the last commit where there is none. */
export function quickJobs(): readonly Job[] {
  const edited = changedSince(ROOT, 'HEAD')
  const changed = edited.length > 0 ? edited : changedSince(ROOT, 'HEAD~1')
  const reached = reachedTests(readTree(ROOT), importsOf, changed, PROGRAM)
  const units = jobsOf(['unit']).flatMap((job): readonly Job[] => {
    const isTest = (word: string) => word.endsWith('.test.ts')
    const command = job.command.filter((word) => !isTest(word) || reached.includes(word.slice(2)))
    return command.some(isTest) ? [{ ...job, command }] : []
  })
  const isThere = (path: string) => existsSync(join(ROOT, path))
  return [
    ...jobsOf(['types']),
    ...jobsOf(['lint']).map((job) => lintOf(job, changed.filter(isThere))),
    ...units,
  ]
}

/** Biome looks at each file alone, so that those of a change are enough. */
export function lintOf(job: Job, changed: readonly string[]): Job {
  if (changed.some((path) => LINT_RULES.includes(path))) return job
  return { ...job, command: [...job.command, '--no-errors-on-unmatched', ...changed] }
}
