// Runs one job of a test run: at its priority, below a ceiling, and reads what it came to.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Counts, Job, Result } from './job.ts'
import { type Report, readReport } from './junit.ts'

/** No job may hang: what does is ended, and counts as failed. */
const CEILING_MS = 1_800_000
/** How long a job that is told to end may take to clean up. */
const ENDING_MS = 20_000

export interface RunningJob {
  readonly result: Promise<Result>
  /** Has it end with all that it started, by force if that takes too long. */
  stop(): void
}

/**
 * Starts a job.
 *
 * Each is a session of its own: Linux shares processors out among sessions first, so that no job
 * starves another whatever it starts, and `nice` counts within one alone. Should this process be
 * killed, the kernel kills the job.
 *
 * @param folder for what it reports
 * @param sinceStartS the clock of the run
 */
export function startJob(job: Job, folder: string, sinceStartS: () => number): RunningJob {
  const startedS = sinceStartS()
  const report = join(folder, `${job.name.replaceAll(/[^\w.-]/g, '-')}.xml`)
  const child = Bun.spawn(['setpriv', '--pdeathsig', 'KILL', 'setsid', ...commandOf(job, report)], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: process.env,
  })
  const end = (signal: 'SIGTERM' | 'SIGKILL') => {
    try {
      process.kill(-child.pid, signal)
    } catch {
      // It has ended a moment ago.
    }
  }
  const stop = () => {
    end('SIGTERM')
    setTimeout(() => end('SIGKILL'), ENDING_MS).unref()
  }
  const timer = setTimeout(stop, CEILING_MS)
  const finish = async (): Promise<Result> => {
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ])
    clearTimeout(timer)
    const tookS = sinceStartS() - startedS
    const { counts, cases, files } = readResult(job, report, code)
    const processorS = Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6
    return { job, counts, cases, files, startedS, tookS, processorS, stdout, stderr }
  }
  return { result: finish(), stop }
}

/** Sets the priority of a session among others, which only root may raise, and then within it. */
const AT_NICE =
  'echo "$0" 2>/dev/null >/proc/self/autogroup; [ "$0" -lt 0 ] || exec nice -n "$0" "$@"; exec "$@"'

/**
 * A job that computes takes what processors others leave. A lab needs few of them, and those at once:
 * its tests look at when servers react, and a daemon that must wait for its turn moves an address.
 */
function niceOf({ kind, step, counts }: Job): number {
  if (kind === 'compute') return 19
  return counts === 'junit' && (step === 'lab' || step === 'balancers') ? -10 : 0
}

function commandOf(job: Job, report: string): string[] {
  const reporting =
    job.counts === 'junit' ? ['--reporter=junit', `--reporter-outfile=${report}`] : []
  return ['sh', '-c', AT_NICE, `${niceOf(job)}`, ...job.command, ...reporting]
}

function readResult(job: Job, report: string, code: number): Report {
  if (job.counts === 'exit') {
    const counts = { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
    return { counts, cases: [], files: new Map() }
  }
  const read = readReport(existsSync(report) ? readFileSync(report, 'utf8') : '')
  return { ...read, counts: countsWith(read.counts, code, job) }
}

/** A file that cannot be loaded, or a runtime that dies, is in no report; nor is a file without tests. */
function countsWith(counts: Counts, code: number, { command }: Job): Counts {
  const mayBeEmpty = command.includes('--pass-with-no-tests')
  const isEmpty = counts.passed + counts.skipped === 0 && !mayBeEmpty
  return counts.failed === 0 && (code !== 0 || isEmpty) ? { ...counts, failed: 1 } : counts
}
