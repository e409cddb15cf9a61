// Hunts for seeds that break a rule, on all processors, and says how to see one again.
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { eachLine } from '../support/each-line.ts'
import { SUITES, type SuiteName } from './suites.ts'
import type { WorkerLine } from './worker.ts'

interface Options {
  readonly from: number
  readonly seeds: number
  readonly jobs: number
  /** Only this one, in full. */
  readonly seed: string | null
  readonly shrinks: boolean
  readonly suite: SuiteName
}

const PROGRESS_EVERY_MS = 2000

function readOptions(argv: readonly string[]): Options {
  const value = (flag: string) => {
    const at = argv.indexOf(flag)
    return at < 0 ? undefined : argv[at + 1]
  }
  const number = (flag: string, otherwise: number) => {
    const found = Number(value(flag) ?? otherwise)
    if (Number.isInteger(found) && found >= 0) return found
    throw new Error(`${flag} needs a whole number`)
  }
  return {
    from: number('--from', 0),
    seeds: number('--seeds', 10_000),
    jobs: Math.max(1, number('--jobs', availableParallelism())),
    seed: value('--seed') ?? null,
    shrinks: !argv.includes('--no-shrink'),
    suite: argv.includes('--balancers') ? 'balancers' : 'servers',
  }
}

/** Plays seeds in several processes; resolves with the lowest one that broke a rule, or null. */
async function hunt(options: Options): Promise<string | null> {
  const startedMs = performance.now()
  let done = 0
  let serverHours = 0
  const broken: string[] = []
  const report = () => {
    const seconds = (performance.now() - startedMs) / 1000
    const speed = `${Math.round(serverHours / seconds)} server-hours a second`
    console.error(
      `${done} of ${options.seeds} seeds, ${Math.round(serverHours)} server-hours, ${speed}`,
    )
  }
  const timer = setInterval(report, PROGRESS_EVERY_MS)
  const workers = Array.from({ length: options.jobs }, (_, job) => {
    const range = [options.from + job, options.jobs, options.from + options.seeds].map(String)
    const words = [join(import.meta.dir, 'worker.ts'), ...range, options.suite]
    return Bun.spawn([process.execPath, ...words], {
      stdout: 'pipe',
      stderr: 'inherit',
      stdin: 'ignore',
    })
  })
  const take = (line: WorkerLine) => {
    if (line.kind === 'broken') {
      broken.push(line.seed)
      // One is enough to work on.
      for (const worker of workers) worker.kill()
      return
    }
    done += line.seeds
    serverHours += line.serverHours
  }
  await Promise.all(
    workers.map((worker) =>
      eachLine(worker.stdout, (line) => take(JSON.parse(line) as WorkerLine)),
    ),
  )
  const codes = await Promise.all(workers.map((worker) => worker.exited))
  clearInterval(timer)
  report()
  if (broken.length === 0 && codes.some((code) => code !== 0)) throw new Error('a worker died')
  return broken.sort((a, b) => Number(a) - Number(b))[0] ?? null
}

/** Tells all about one seed; true when it breaks no rule. */
async function examine(seed: string, { suite, shrinks }: Options): Promise<boolean> {
  const { rule, text } = await SUITES[suite].examine(seed, shrinks)
  console.log(text)
  if (rule === null) {
    console.log('no rule is broken')
    return true
  }
  console.log(`again: build/hunt${suite === 'servers' ? '' : ` --${suite}`} --seed ${seed}`)
  return false
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  const seed = options.seed ?? (await hunt(options))
  if (seed === null) {
    console.log(`${options.seeds} seeds from ${options.from}: no rule is broken`)
    return 0
  }
  return (await examine(seed, options)) ? 0 : 1
}

process.exitCode = await main()
