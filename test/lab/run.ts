// Runs the lab's test files, a few at a time, and prints one table of all that they measured.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { whyNoLab } from './environment.ts'
import { chooseHoldfast } from './holdfast.ts'
import { REPOSITORY } from './namespace.ts'
import { sendSignal } from './process.ts'
import { heading, RESULTS_VARIABLE, row, type ScenarioResult } from './results.ts'

/** Labs mostly wait. More than this on two cores, and they begin to disturb each other's figures. */
const JOBS = 3
const FILE_CEILING_MS = 300_000

/** Decided once: a source file that changes meanwhile must not change what is being measured. */
const KIND = chooseHoldfast()

interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const NONE: Counts = { passed: 0, failed: 0, skipped: 0 }

/** Which files to run: all whose names contain one of the filters. The longest come first. */
function chooseFiles(filters: readonly string[]): string[] {
  const files = [...new Bun.Glob('**/*.test.ts').scanSync(import.meta.dir)].sort()
  const chosen = files.filter(
    (file) => filters.length === 0 || filters.some((filter) => file.includes(filter)),
  )
  const long = (file: string) => (file.includes('frozen') || file.includes('hostile') ? 0 : 1)
  return chosen.sort((a, b) => long(a) - long(b)).map((file) => join(import.meta.dir, file))
}

async function runFile(file: string, resultsPath: string): Promise<Counts> {
  // Should this process be killed outright, the kernel kills the test, and with it goes its lab.
  const command = ['setpriv', '--pdeathsig', 'KILL', process.execPath, 'test', file]
  const child = Bun.spawn(command, {
    cwd: REPOSITORY,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, [RESULTS_VARIABLE]: resultsPath, HOLDFAST_LAB_KIND: KIND },
  })
  running.add(child.pid)
  const timer = setTimeout(() => child.kill('SIGKILL'), FILE_CEILING_MS)
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  clearTimeout(timer)
  running.delete(child.pid)
  const counts = countsIn(stderr)
  const name = relative(import.meta.dir, file)
  const finished = counts.passed + counts.failed + counts.skipped > 0
  if (code === 0 && finished) {
    console.error(`ok    ${name}`)
    return counts
  }
  console.error(`FAIL  ${name}\n${stdout}${stderr}`)
  failed.push(name)
  return { ...counts, failed: Math.max(1, counts.failed) }
}

/** bun test ends with lines such as " 3 pass". */
function countsIn(text: string): Counts {
  const count = (word: string) =>
    Number(new RegExp(`^\\s*(\\d+) ${word}$`, 'm').exec(text)?.[1] ?? 0)
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip') }
}

function add(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  }
}

function printTable(resultsPath: string): void {
  const lines = readFileSync(resultsPath, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  const results = lines.map((line) => JSON.parse(line) as ScenarioResult)
  if (results.length === 0) return
  const key = (it: ScenarioResult) => `${it.scenario} ${it.standing ? 1 : 0}`
  results.sort((a, b) => key(a).localeCompare(key(b)))
  console.log(heading())
  for (const result of results) console.log(row(result))
}

const running = new Set<number>()
/** The files that failed, to be named once more where they are seen. */
const failed: string[] = []

/** A test process that ends takes its labs with it. */
function abort(folder: string): void {
  for (const pid of running) sendSignal(pid, 'SIGKILL')
  rmSync(folder, { recursive: true })
  process.exit(130)
}

async function main(filters: readonly string[]): Promise<void> {
  const obstacle = whyNoLab()
  if (obstacle !== null) console.error(`${obstacle} Its tests are skipped.`)
  const queue = chooseFiles(filters)
  if (queue.length === 0) {
    console.error(`no test file of the lab has ${filters.join(' or ')} in its name`)
    process.exit(2)
  }
  console.error(`the servers run holdfast as ${KIND}`)
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-results-'))
  process.on('SIGINT', () => abort(folder))
  process.on('SIGTERM', () => abort(folder))
  const resultsPath = process.env[RESULTS_VARIABLE] || join(folder, 'results.jsonl')
  writeFileSync(resultsPath, '', { flag: 'a' })
  let counts = NONE
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const ofFile = await runFile(file, resultsPath)
      counts = add(counts, ofFile)
    }
  }
  await Promise.all(Array.from({ length: Number(process.env.HOLDFAST_LAB_JOBS) || JOBS }, worker))
  printTable(resultsPath)
  rmSync(folder, { recursive: true })
  for (const name of failed) console.log(`failed: ${name}`)
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  process.exit(counts.failed === 0 ? 0 : 1)
}

await main(process.argv.slice(2))
