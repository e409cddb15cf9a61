// The benchmark: parses arguments, builds what it measures, runs the parts, prints the report.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { BenchContext, Figure } from './figure.ts'
import { INSIDE, runIsolated, whyNotIsolated } from './isolation.ts'
import { busyMs, describeMachine } from './machine.ts'
import { PARTS, partNamed } from './parts.ts'
import { keptOf, type Report, toMarkdown, toText } from './report.ts'

const ROOT = resolve(import.meta.dir, '../..')
const PAGE = join(ROOT, 'docs/contributing/benchmarks.md')
const REST_MS = 2000
const USAGE = 2

const say = (text: string) => console.error(`build/bench: ${text}`)

interface Options {
  readonly parts: typeof PARTS
  readonly quick: boolean
  readonly json: boolean
  readonly write: boolean
  readonly labResults: string | null
}

/** The options, or one sentence on what is wrong with them. */
function readOptions(argv: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        only: { type: 'string', multiple: true },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        'lab-results': { type: 'string' },
      },
    })
    const unknown = values.only?.find((name) => partNamed(name) === undefined)
    if (unknown !== undefined) {
      return `there is no part ${unknown}; the parts are ${PARTS.map((part) => part.name).join(', ')}`
    }
    if (values.write && (values.quick || values.only !== undefined)) {
      return '--write is for whole runs: it goes without --only and --quick'
    }
    const { only, quick, json, write } = values
    const parts = PARTS.filter((part) => only === undefined || only.includes(part.name))
    const labResults = values['lab-results']
    return { parts, quick, json, write, labResults: labResults ? resolve(labResults) : null }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** What was built, and what it calls itself. */
async function build(folder: string): Promise<{ executable: string; version: string }> {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
  const command = [join(ROOT, 'build/build'), '--out', folder, '--arch', arch]
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' })
  const [text, code] = await Promise.all([new Response(child.stderr).text(), child.exited])
  if (code !== 0) throw new Error(`build/build ended with ${code}:\n${text}`)
  const executable = join(folder, arch === 'x64' ? 'holdfast' : `holdfast-linux-${arch}`)
  return { executable, version: Bun.spawnSync([executable, '--version']).stdout.toString().trim() }
}

/** How much of one core other programs use while we rest. */
async function othersShare(): Promise<number> {
  const [fromMs, atMs] = [busyMs(), performance.now()]
  await Bun.sleep(REST_MS)
  return (busyMs() - fromMs) / (performance.now() - atMs)
}

async function runAll(options: Options, workDir: string, argv: readonly string[]): Promise<Report> {
  const machine = describeMachine()
  const { executable, version } = await build(workDir)
  const figures: Figure[] = []
  const failures: string[] = []
  let others = 0
  for (const part of options.parts) {
    const partDir = join(workDir, part.name)
    mkdirSync(partDir)
    const { quick, labResults } = options
    const context = { executable, workDir: partDir, quick, labResults }
    others = Math.max(others, await othersShare())
    say(`${part.name}: running`)
    try {
      const isolated = part.isolated
      figures.push(
        ...(isolated ? await runIsolated(part.name, context) : await part.run({ ...context, say })),
      )
    } catch (error) {
      failures.push(`${part.name}: ${error instanceof Error ? error.message : String(error)}`)
      say(failures.at(-1) ?? '')
    }
  }
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    command: ['build/bench', ...argv].join(' '),
    holdfast: version,
    quick: options.quick,
    machine,
    othersShare: others,
    figures,
    failures,
  }
}

async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv)
  if (typeof options === 'string') {
    say(`${options}; try build/bench --help`)
    return USAGE
  }
  const obstacle = whyNotIsolated()
  if (obstacle !== null) {
    say(obstacle)
    return 1
  }
  // On a disk, not in memory: it matters how an executable comes into the page cache.
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  const workDir = mkdtempSync(join(ROOT, 'dist/.bench.'))
  const clean = () => rmSync(workDir, { recursive: true, force: true })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      clean()
      process.exit(1)
    })
  }
  try {
    const report = await runAll(options, workDir, argv)
    console.log(options.json ? JSON.stringify(report, null, 2) : toText(report))
    if (options.write && report.failures.length === 0) {
      mkdirSync(join(ROOT, 'docs'), { recursive: true })
      const kept = existsSync(PAGE) ? keptOf(readFileSync(PAGE, 'utf8')) : ''
      writeFileSync(PAGE, toMarkdown(report) + kept)
      say('docs/contributing/benchmarks.md is written')
    }
    return report.failures.length === 0 ? 0 : 1
  } finally {
    clean()
  }
}

/** One part, within its namespaces: figures to standard output. */
async function inside(name = '', context = '{}'): Promise<number> {
  const part = partNamed(name)
  if (part === undefined) return USAGE
  try {
    const figures = await part.run({ ...(JSON.parse(context) as BenchContext), say })
    console.log(JSON.stringify(figures))
    return 0
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return 1
  }
}

const [first, ...rest] = process.argv.slice(2)

async function failed(error: unknown): Promise<number> {
  say(error instanceof Error ? error.message : String(error))
  return 1
}

const ending = first === INSIDE ? inside(...rest) : main(process.argv.slice(2))
process.exit(await ending.catch(failed))
