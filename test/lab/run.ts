// Runs the lab's test files, a few at a time, and prints one table of all that they measured.
import { existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { whyNoLab } from './environment.ts'
import { chooseHoldfast, type HoldfastKind } from './holdfast.ts'
import { REPOSITORY } from './namespace.ts'
import { sendSignal } from './process.ts'
import { heading, RESULTS_VARIABLE, row, type ScenarioResult } from './results.ts'

/** Labs mostly wait: one takes a quarter of a processor, and half of one while it starts. */
const JOBS = 3 * availableParallelism()
const FILE_CEILING_MS = 300_000

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

/** @param kind decided once a run: a file that changes meanwhile must not change what is measured */
async function runFile(file: string, kind: HoldfastKind, resultsPath: string): Promise<Counts> {
  // Should this process be killed outright, the kernel kills the test, and with it goes its lab.
  const command = ['setpriv', '--pdeathsig', 'KILL', process.execPath, 'test', file]
  const child = Bun.spawn(command, {
    cwd: REPOSITORY,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, [RESULTS_VARIABLE]: resultsPath, HOLDFAST_LAB_KIND: kind },
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

/** Runs the files once; returns the exit code. */
async function runAll(filters: readonly string[]): Promise<number> {
  const queue = chooseFiles(filters)
  if (queue.length === 0) {
    console.error(`no test file of the lab has ${filters.join(' or ')} in its name`)
    return 2
  }
  const kind = chooseHoldfast()
  console.error(`the servers run holdfast as ${kind}`)
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-results-'))
  const onSignal = () => abort(folder)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal)
  const resultsPath = process.env[RESULTS_VARIABLE] || join(folder, 'results.jsonl')
  writeFileSync(resultsPath, '', { flag: 'a' })
  let counts = NONE
  failed.length = 0
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const ofFile = await runFile(file, kind, resultsPath)
      counts = add(counts, ofFile)
    }
  }
  await Promise.all(Array.from({ length: Number(process.env.HOLDFAST_LAB_JOBS) || JOBS }, worker))
  printTable(resultsPath)
  rmSync(folder, { recursive: true })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal)
  for (const name of failed) console.log(`failed: ${name}`)
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  return counts.failed === 0 ? 0 : 1
}

/** Returns once a file of the source or of the tests has changed. */
function untilChange(): Promise<void> {
  return new Promise((resolve) => {
    const folders = ['src', 'test', 'dist'].map((it) => join(REPOSITORY, it)).filter(existsSync)
    const watchers = folders.map((folder) =>
      watch(folder, { recursive: true }, (_, name) => {
        if (!name?.endsWith('.ts') && name !== 'holdfast') return
        for (const it of watchers) it.close()
        resolve()
      }),
    )
  })
}

async function main(words: readonly string[]): Promise<void> {
  const filters = words.filter((it) => it !== '--watch')
  const obstacle = whyNoLab()
  if (obstacle !== null) console.error(`${obstacle} Its tests are skipped.`)
  let code = await runAll(filters)
  while (words.includes('--watch')) {
    console.error('waiting for a file to change; Ctrl-C ends it')
    await untilChange()
    code = await runAll(filters)
  }
  process.exit(code)
}

await main(process.argv.slice(2))
