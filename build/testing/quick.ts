// The jobs of a quick run: types, lint, and the unit tests that a change can reach.
import { changedSince, importsOf, readTree } from './changes.ts'
import type { Job } from './job.ts'
import { PROGRAM, reachedTests } from './reach.ts'
import { jobsOf, ROOT } from './steps.ts'

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
  return [...jobsOf(['types', 'lint']), ...units]
}
