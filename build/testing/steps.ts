// The jobs of a test run: which files and commands make up each step, and what they need.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Job, Step } from './job.ts'
import { readTimings, type Timings } from './timings.ts'

export const ROOT = join(import.meta.dir, '../..')

/** What an earlier run noted of each test file: the longest are started first. */
export const TIMINGS = join(ROOT, 'test/timings.json')

type Nature = Pick<Job, 'kind' | 'processors' | 'memoryMib' | 'seconds'>

/** One processor's worth of computing. */
const COMPUTES: Nature = { kind: 'compute', processors: 1, memoryMib: 700, seconds: 10 }

/** What a test file of each step is like that raises hosts, and what must be there before. */
const HOSTS = {
  lab: { processors: 0.45, memoryMib: 400, seconds: 20, needs: ['build'] },
  machines: { processors: 0.5, memoryMib: 800, seconds: 30, needs: ['build', 'images'] },
  e2e: {
    processors: 1.2,
    memoryMib: 2500,
    seconds: 120,
    needs: ['build', 'images', 'images trixie'],
  },
  balancers: { processors: 0.5, memoryMib: 1200, seconds: 30, needs: ['build', 'images', 'guest'] },
} as const

/** Files of the lab that are run once more, with servers of Debian 13. */
const ON_TRIXIE = [
  ...['scenarios/named-killed', 'scenarios/named-frozen', 'scenarios/socket-lost'],
  ...['scenarios/daemon-lost', 'scenarios/drain-live', 'rendered/four-servers'],
  ...['doctor/whole', 'doctor/keepalived-sound'],
].map((name) => `test/lab/${name}.test.ts`)

/** The first rollout, and the rollouts that go on from its disks. */
const FIRST = 'test/e2e/first.test.ts'
const GOES_ON = /^test\/e2e\/(again|alone|moved|operator|upgrade)\.test\.ts$/

/** Machines on which a release is installed. */
const INSTALLS = /^test\/machines\/((by-)?package|tutorial)\.test\.ts$/

/** Tests that are no unit tests lie in folders of the steps' names, but for these of `package`. */
const FOLDERS = ['lab', 'machines', 'balancers', 'e2e', 'built', 'release', 'deno']

/** Folders of unit tests that start no program of Debian's, and need not wait for any. */
const UNIT_ALONE = ['core', 'dns', 'config', 'simulate', 'hunting', 'observers', 'benchmark']

const COMPILER = ['node_modules/.bin/tsc', '--noEmit']
/** What the compiler found out before, which it need not find out again. */
const TYPES_SEEN = '.cache/types.tsbuildinfo'

/**
 * Runs test files. A test's ceiling catches what hangs: Bun's own five seconds would be a goal for its
 * speed, which a machine that has more to do misses. Of tests that run side by side in a file six do,
 * not twenty: as many daemons on a share of two processors miss their own deadlines.
 */
const BUN_TEST = [process.execPath, 'test', '--timeout', '600000', '--max-concurrency', '6']

/** All jobs of the steps whose files have one of the words in their paths, or all where there is none. */
export function jobsOf(steps: readonly Step[], words: readonly string[] = []): readonly Job[] {
  const ofSteps = steps.flatMap((step) => (step === 'setup' ? [] : jobsOfStep(step, words)))
  const jobs = [...new Map(ofSteps.map((job) => [job.name, job])).values()]
  if (!steps.includes('setup')) return jobs
  const groups = [...new Set(jobs.flatMap(({ needs }) => needs))].filter(isSetup)
  return [...groups.map(setupJob), ...jobs]
}

const isSetup = (need: string) => need.startsWith('setup ')

/** Debian's package manager lets nobody in beside itself. */
function setupJob(name: string): Job {
  const command = ['build/setup', '--quiet', name.slice('setup '.length)]
  const nature: Nature = { kind: 'hosts', processors: 0.5, memoryMib: 300, seconds: 20 }
  return { name, step: 'setup', command, needs: [], lock: 'apt', counts: 'exit', ...nature }
}

function jobsOfStep(step: Exclude<Step, 'setup'>, words: readonly string[]): readonly Job[] {
  switch (step) {
    case 'types':
      return [command(step, [...COMPILER, '--incremental', '--tsBuildInfoFile', TYPES_SEEN])]
    case 'lint':
      return [command(step, ['node_modules/.bin/biome', 'check', '--error-on-warnings'])]
    case 'shell':
      return [command(step, ['shellcheck', ...scripts()], ['setup shell'])]
    case 'build':
      // All hosts wait for it.
      return [{ ...command(step, ['build/build'], ['setup build']), kind: 'hosts' }]
    case 'package':
      return [
        { ...command(step, ['build/package'], ['setup package', 'build']), kind: 'hosts' },
        ...batch('release', step, testFiles('release', words), ['setup release', 'package']),
      ]
    case 'unit':
      return unitJobs(words)
    case 'built':
      return batch('built', step, testFiles('built', words), ['setup built', 'build']).map(
        atTheirOwnPace,
      )
    case 'deno':
      return batch('deno', step, testFiles('deno', words), ['setup deno']).map(atTheirOwnPace)
    default:
      return [...imagesFor(step), ...hostsJobs(step, testFiles(step, words))]
  }
}

function command(step: Step, words: readonly string[], needs: readonly string[] = []): Job {
  return { name: step, step, command: words, needs, counts: 'exit', ...COMPUTES }
}

function unitJobs(words: readonly string[]): readonly Job[] {
  const files = filesBelow('test', words).filter((file) => !FOLDERS.includes(folderOf(file)))
  const alone = files.filter((file) => UNIT_ALONE.includes(folderOf(file)))
  const page = files.filter((file) => folderOf(file) === 'page')
  const rest = files.filter((file) => !alone.includes(file) && !page.includes(file))
  return [
    ...batch('unit tests alone', 'unit', alone, []),
    ...[
      ...batch('unit tests in a browser', 'unit', page, ['setup unit', 'setup page', 'build']),
      ...inShares(rest).flatMap((share, index) =>
        batch(`unit tests with programs ${index + 1}`, 'unit', share, ['setup unit', 'build']),
      ),
    ].map(atTheirOwnPace),
  ]
}

/** Daemons and resolvers that run for real miss their own deadlines where others have the processors. */
function atTheirOwnPace(job: Job): Job {
  return { ...job, kind: 'hosts', processors: 0.5 }
}

/** In two shares that take about as long as each other. */
function inShares(files: readonly string[]): readonly (readonly string[])[] {
  const shares: { files: string[]; seconds: number }[] = [1, 2].map(() => ({
    files: [],
    seconds: 0,
  }))
  const seconds = (file: string) => secondsOf(file, 0.5)
  for (const file of files.toSorted((a, b) => seconds(b) - seconds(a))) {
    const least = shares.reduce((best, share) => (share.seconds < best.seconds ? share : best))
    least.files.push(file)
    least.seconds += seconds(file)
  }
  return shares.map((share) => share.files)
}

/** Many short files in one process: the runtime's start would cost more than they do. */
function batch(
  name: string,
  step: Step,
  files: readonly string[],
  needs: readonly string[],
): readonly Job[] {
  if (files.length === 0) return []
  const seconds = files.reduce((all, file) => all + secondsOf(file, 0.5), 0)
  const command = [...BUN_TEST, ...files.map((file) => `./${file}`)]
  return [{ name, step, command, needs, counts: 'junit', ...COMPUTES, seconds }]
}

function hostsJobs(step: keyof typeof HOSTS, files: readonly string[]): readonly Job[] {
  const again = process.getuid?.() === 0 ? files.filter((file) => ON_TRIXIE.includes(file)) : []
  return [
    ...files.map((file) => hostsJob(step, file)),
    ...again.map((file) => onTrixie(hostsJob(step, file))),
  ]
}

function onTrixie(job: Job): Job {
  return {
    ...job,
    name: `${job.name} (trixie)`,
    command: ['env', 'HOLDFAST_LAB_SUITE=trixie', ...job.command],
    needs: [...job.needs, 'images trixie'],
  }
}

/**
 * @param known a lab of several servers that is planned like one of a single server takes the processors of
 * those beside it, and a daemon that has to wait for them moves an address
 */
export function hostsJob(step: keyof typeof HOSTS, file: string, known = knownTimings): Job {
  const { needs, seconds, processors, memoryMib } = HOSTS[step]
  const timing = known.get(file)
  return {
    name: file,
    step,
    command: [...BUN_TEST, `./${file}`],
    needs: [`setup ${step}`, ...needs, ...ownNeeds(file)],
    counts: 'junit',
    kind: 'hosts',
    processors: Math.max(processors, timing?.processors ?? 0),
    memoryMib,
    seconds: timing?.seconds ?? seconds,
  }
}

function ownNeeds(file: string): readonly string[] {
  if (GOES_ON.test(file)) return [FIRST]
  return INSTALLS.test(file) ? ['package'] : []
}

/** The machines' file systems, made once for all steps that take them, and the guests' kernel. */
function imagesFor(step: keyof typeof HOSTS): readonly Job[] {
  if (process.getuid?.() !== 0) return []
  const images = (name: string, ...suite: readonly string[]): Job => {
    const job = command(step, ['build/machine-images', ...suite], ['setup images'])
    return { ...job, name, kind: 'hosts', seconds: 90 }
  }
  const guest = command(step, ['build/guest-kernel'], ['setup balancers'])
  return [
    ...(step === 'lab' ? [] : [images('images')]),
    ...(step === 'lab' || step === 'e2e' ? [images('images trixie', '--suite', 'trixie')] : []),
    // It computes, but a whole step waits for it: what others leave came to half an hour.
    ...(step === 'balancers'
      ? [{ ...guest, name: 'guest', kind: 'hosts' as const, processors: 0.3, seconds: 400 }]
      : []),
  ]
}

function testFiles(folder: string, words: readonly string[]): readonly string[] {
  return filesBelow(`test/${folder}`, words)
}

function filesBelow(folder: string, words: readonly string[]): readonly string[] {
  const found = [...new Bun.Glob(`${folder}/**/*.test.ts`).scanSync(ROOT)].sort()
  return found.filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
}

/** `core` of `test/core/damper.test.ts`. */
function folderOf(file: string): string {
  return file.split('/')[1] ?? ''
}

function scripts(): readonly string[] {
  const grep = ['grep', '-rlE', '^#!.*(ba)?sh$|^# shellcheck shell=', 'build', 'packaging', '.ci']
  return Bun.spawnSync(grep, { cwd: ROOT }).stdout.toString().trim().split('\n').sort()
}

/** What is known of the test files that are there and take a second or longer. */
export const knownTimings: Timings = new Map(
  [...readTimings(existsSync(TIMINGS) ? readFileSync(TIMINGS, 'utf8') : '{}')].filter(([file]) =>
    existsSync(join(ROOT, file)),
  ),
)

function secondsOf(file: string, otherwise: number): number {
  return knownTimings.get(file)?.seconds ?? otherwise
}
