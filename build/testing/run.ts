// Runs jobs side by side, as their needs and the machine allow, until all have ended.
import type { Job, Result } from './job.ts'
import { type RunningJob, startJob } from './run-job.ts'
import { type Capacity, hopeless, nextJob } from './schedule.ts'

export interface Run {
  readonly jobs: readonly Job[]
  readonly capacity: Capacity
  /** Has the run end, with all that it started. */
  readonly signal?: AbortSignal
  /** For the jobs' reports. */
  readonly folder: string
  readonly onResult: (result: Result) => void
}

/** @returns a result for each job, of those that could not run too */
export async function runJobs({
  jobs,
  capacity,
  folder,
  signal,
  onResult,
}: Run): Promise<Result[]> {
  const startMs = performance.now()
  const clockS = () => (performance.now() - startMs) / 1000
  // What is not in this run was made by an earlier one, or the job that needs it will tell.
  const names = new Set(jobs.map(({ name }) => name))
  const waiting: Job[] = jobs.map((job) => ({
    ...job,
    needs: job.needs.filter((need) => names.has(need)),
  }))
  const running = new Map<Job, RunningJob>()
  const passed = new Set<string>()
  const failed = new Set<string>()
  const results: Result[] = []
  const stopAll = () => {
    waiting.length = 0
    for (const job of running.values()) job.stop()
  }
  signal?.addEventListener('abort', stopAll)

  function settle(result: Result): void {
    const hasFailed = result.counts.failed > 0
    ;(hasFailed ? failed : passed).add(result.job.name)
    results.push(result)
    onResult(result)
    for (const job of hopeless(waiting, failed)) {
      waiting.splice(waiting.indexOf(job), 1)
      settle(notRun(job, failed, clockS()))
    }
  }

  for (;;) {
    for (;;) {
      const job = nextJob(waiting, [...running.keys()], passed, capacity)
      if (job === null) break
      waiting.splice(waiting.indexOf(job), 1)
      running.set(job, startJob(job, folder, clockS))
    }
    if (running.size === 0) break
    const result = await Promise.race([...running.values()].map((one) => one.result))
    running.delete(result.job)
    settle(result)
  }
  signal?.removeEventListener('abort', stopAll)
  return results
}

function notRun(job: Job, failed: ReadonlySet<string>, atS: number): Result {
  const missing = job.needs.filter((need) => failed.has(need))
  return {
    job,
    counts: { passed: 0, failed: 1, skipped: 0 },
    cases: [],
    files: new Map(),
    ...{ startedS: atS, tookS: 0, processorS: 0 },
    ...{ stdout: '', stderr: `It did not run: ${missing.join(', ')} failed.\n` },
  }
}
