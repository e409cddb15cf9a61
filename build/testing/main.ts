// build/test: chooses the jobs of a run, has them run, and says what they came to.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chooseHoldfast } from '../../test/lab/holdfast.ts'
import { printResults, RESULTS_VARIABLE } from '../../test/lab/results.ts'
import { type Arguments, parseArguments } from './arguments.ts'
import type { Job, Result } from './job.ts'
import { capacityHere, idleShare, processorTimes } from './processors.ts'
import { quickJobs } from './quick.ts'
import { failureLines, repeated } from './repeat.ts'
import { closingLines } from './report.ts'
import { runJobs } from './run.ts'
import { jobsOf, knownTimings, ROOT, TIMINGS } from './steps.ts'
import { timingsAfter, writeTimings } from './timings.ts'
import { untilChange } from './watch.ts'

/** A run that looks for what fails under load makes more of it than an ordinary one. */
const LOAD_TO_REPEAT = 2

/** The exit code of a program that was ended by Ctrl-C. */
const INTERRUPTED = 130

/** Where somebody wants to find the lab's figures afterwards. */
const KEPT_RESULTS = process.env[RESULTS_VARIABLE]

async function main(argv: readonly string[]): Promise<number> {
  const chosen = parseArguments(argv)
  if (typeof chosen === 'string') {
    console.error(`build/test: ${chosen}; try build/test --help`)
    return 2
  }
  process.chdir(ROOT)
  if (chosen.long) process.env.HOLDFAST_LONG = '1'
  const abort = new AbortController()
  process.on('SIGINT', () => abort.abort())
  process.on('SIGTERM', () => abort.abort())
  for (;;) {
    const code = await runOnce(chosen, abort.signal)
    if (abort.signal.aborted) return INTERRUPTED
    if (!chosen.watch) return code
    // There is nothing left to clean up, so that Ctrl-C may end it at once.
    abort.signal.onabort = () => process.exit(INTERRUPTED)
    console.log('waiting for a file to be saved; Ctrl-C ends it')
    await untilChange()
    abort.signal.onabort = null
  }
}

async function runOnce(chosen: Arguments, signal: AbortSignal): Promise<number> {
  const all = chosen.quick ? quickJobs() : jobsOf(chosen.steps, chosen.words)
  const jobs = all.map((job) => matching(job, chosen.pattern))
  if (!jobs.some(({ step }) => step !== 'setup')) {
    console.error('build/test: there is no such test file')
    return 2
  }
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
  try {
    return await runAll(jobs, chosen, folder, signal)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function matching(job: Job, pattern: string | null): Job {
  if (pattern === null || job.counts !== 'junit') return job
  const options = ['--test-name-pattern', pattern, '--pass-with-no-tests']
  return { ...job, command: [...job.command, ...options] }
}

async function runAll(
  jobs: readonly Job[],
  { repeat, timings }: Arguments,
  folder: string,
  signal: AbortSignal,
): Promise<number> {
  const resultsPath = KEPT_RESULTS || join(folder, 'results.jsonl')
  process.env[RESULTS_VARIABLE] = resultsPath
  process.env.HOLDFAST_E2E_DISKS = join(folder, 'disks')
  // Decided once: a file that changes meanwhile must not change what is tested.
  process.env.HOLDFAST_LAB_KIND ??= jobs.some(({ name }) => name === 'build')
    ? 'built'
    : chooseHoldfast()
  const here = capacityHere()
  const capacity = repeat > 1 ? { ...here, processors: here.processors * LOAD_TO_REPEAT } : here
  const all = repeat > 1 ? repeated(jobs, repeat) : jobs
  console.log(`${all.length} jobs on ${here.processors} processors`)
  const [startMs, before] = [performance.now(), processorTimes()]
  const results = await runJobs({
    ...{ jobs: all, capacity, folder, signal },
    onResult: tell,
  })
  const idle = idleShare(before, processorTimes())
  printResults(resultsPath)
  if (repeat > 1) for (const line of ['', ...failureLines(results)]) console.log(line)
  for (const line of closingLines(results, (performance.now() - startMs) / 1000, idle))
    console.log(line)
  if (timings) writeFileSync(TIMINGS, writeTimings(timingsAfter(results, knownTimings)))
  const hasFailed = results.some(({ counts }) => counts.failed > 0)
  return hasFailed || results.every(({ counts }) => counts.passed === 0) ? 1 : 0
}

/** A line for each job, and all that it said where it failed. */
function tell({ job, counts, tookS, stdout, stderr }: Result): void {
  const name = job.name.startsWith('test/') ? job.name : `${job.step}: ${job.name}`
  const mark = counts.failed > 0 ? 'FAIL' : 'ok  '
  console.log(`${mark}  ${tookS.toFixed(1).padStart(6)} s  ${name}`)
  if (counts.failed > 0) console.log(`${stdout}${stderr}`)
  // What was measured on hosts is told; but for its heading, bun test's own words go to the other stream.
  else if (job.kind === 'hosts' && job.counts === 'junit')
    process.stdout.write(stdout.replace(/^bun test v.*\n/, ''))
}

process.exit(await main(process.argv.slice(2)))
