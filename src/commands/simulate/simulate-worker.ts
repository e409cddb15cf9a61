// The tasks of a simulation, done in this process or handed to others that run the same program.
import { createInterface } from 'node:readline'
import { answerLines, type WorkerCommand } from '../../adapters/line-workers.ts'
import type { Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import type { Result } from '../../ports.ts'
import type { Measures } from '../../simulate/measure.ts'
import { runTask, type Task } from '../../simulate/task.ts'

/** Set for the processes that are to work rather than to be worked for. */
const WORKER_VARIABLE = 'HOLDFAST_SIMULATE_WORKER'
const NOTE_PREFIX = '~'
const NOTE_EVERY_MS = 200
/** Where Bun mounts what is compiled into an executable. */
const COMPILED_PREFIX = '/$bunfs/'

export function isWorker(): boolean {
  return process.env[WORKER_VARIABLE] === '1'
}

/** Answers each task on standard input with its measures, until there are no more. */
export async function work(io: Io): Promise<number> {
  for await (const line of createInterface({ input: process.stdin })) {
    let toldMs = performance.now()
    const measures = runTask(JSON.parse(line) as Task, {
      onProgress(doneMs) {
        if (performance.now() - toldMs < NOTE_EVERY_MS) return
        toldMs = performance.now()
        io.out(`${NOTE_PREFIX}${doneMs}`)
      },
    })
    io.out(JSON.stringify(measures))
  }
  return EXIT.ok
}

/**
 * Does all tasks. The results are the same to the byte for any number of jobs: each task depends on
 * its own seed only, and results keep the order of tasks.
 *
 * @param onProgress told what share of all tasks is done
 */
export async function runTasks(
  tasks: readonly Task[],
  jobs: number,
  onProgress: (share: number) => void,
): Promise<Result<Measures[]>> {
  const doneMs = tasks.map(() => 0)
  const totalMs = tasks.reduce((sum, task) => sum + task.endMs, 0)
  const told = (index: number, ms: number) => {
    doneMs[index] = ms
    onProgress(doneMs.reduce((sum, done) => sum + done, 0) / totalMs)
  }
  const command = selfCommand()
  if (jobs === 1 || tasks.length === 1 || command === null)
    return { ok: true, value: await runHere(tasks, told) }
  const answered = await answerLines({
    command,
    lines: tasks.map((task) => JSON.stringify(task)),
    workers: jobs,
    notePrefix: NOTE_PREFIX,
    onNote: (index, note) => told(index, Number(note)),
    onAnswer: (index) => told(index, tasks[index]?.endMs ?? 0),
  })
  if (!answered.ok) return answered
  return { ok: true, value: answered.value.map((line) => JSON.parse(line) as Measures) }
}

async function runHere(
  tasks: readonly Task[],
  told: (index: number, ms: number) => void,
): Promise<Measures[]> {
  const measures: Measures[] = []
  for (const [index, task] of tasks.entries()) {
    const result = runTask(task, { onProgress: (ms) => told(index, ms) })
    // What went to another process and back must not differ from what stayed here.
    measures.push(JSON.parse(JSON.stringify(result)) as Measures)
    told(index, task.endMs)
    // Signals are heard between tasks.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return measures
}

/** How this very program is started again; null where it cannot be told. */
function selfCommand(): WorkerCommand | null {
  const env = { ...process.env, [WORKER_VARIABLE]: '1' }
  const script = process.argv[1] ?? ''
  if (script.startsWith(COMPILED_PREFIX)) return { file: process.execPath, args: ['simulate'], env }
  // Deno would need its permissions told again.
  if (process.versions.bun === undefined) return null
  return { file: process.execPath, args: [script, 'simulate'], env }
}
