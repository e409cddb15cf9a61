// Which job of a test run is started next. Pure.
import type { Job } from './job.ts'

export interface Capacity {
  readonly processors: number
  readonly memoryMib: number
}

/**
 * The job to start now, or null when none can or need be.
 *
 * Of those that can run, it is the one at the head of the longest chain of jobs: whoever waits for it
 * should not wait longer. The first job of each kind always fits, or a small machine would run none.
 *
 * @param passed names of jobs that others no longer have to wait for
 */
export function nextJob(
  waiting: readonly Job[],
  running: readonly Job[],
  passed: ReadonlySet<string>,
  capacity: Capacity,
): Job | null {
  const ready = waiting.filter(
    (job) => job.needs.every((need) => passed.has(need)) && fits(job, running, capacity),
  )
  const chains = chainSeconds(waiting)
  const lengthOf = (job: Job) => chains.get(job.name) ?? 0
  return ready.reduce<Job | null>(
    (best, job) => (best === null || lengthOf(job) > lengthOf(best) ? job : best),
    null,
  )
}

function fits(job: Job, running: readonly Job[], capacity: Capacity): boolean {
  if (job.lock !== undefined && running.some(({ lock }) => lock === job.lock)) return false
  const memoryMib = running.reduce((all, one) => all + one.memoryMib, job.memoryMib)
  if (running.length > 0 && memoryMib > capacity.memoryMib) return false
  const alike = running.filter(({ kind }) => kind === job.kind)
  const processors = alike.reduce((all, one) => all + one.processors, job.processors)
  return alike.length === 0 || processors <= capacity.processors
}

/** The seconds from the start of each job to the end of all that follows it. */
function chainSeconds(jobs: readonly Job[]): ReadonlyMap<string, number> {
  const followers = new Map<string, Job[]>()
  for (const job of jobs) {
    for (const need of job.needs) followers.set(need, [...(followers.get(need) ?? []), job])
  }
  const known = new Map<string, number>()
  const measure = (job: Job): number => {
    const before = known.get(job.name)
    if (before !== undefined) return before
    const after = (followers.get(job.name) ?? []).map(measure)
    const length = job.seconds + Math.max(0, ...after)
    known.set(job.name, length)
    return length
  }
  for (const job of jobs) measure(job)
  return known
}

/** Jobs that can never run, since one that they need, directly or not, failed or is not in the run. */
export function hopeless(
  waiting: readonly Job[],
  unavailable: ReadonlySet<string>,
): readonly Job[] {
  return waiting.filter((job) => job.needs.some((need) => unavailable.has(need)))
}
