// Processes that answer lines: each takes one, works on it, and answers with one; several work at once.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Result } from '../ports.ts'

/** How a worker is started. It ends when its standard input does. */
export interface WorkerCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface LineWork {
  readonly command: WorkerCommand
  readonly lines: readonly string[]
  /** At most so many processes. */
  readonly workers: number
  /** A line that begins with this is no answer: the rest of it goes to `onNote`. */
  readonly notePrefix: string
  readonly onNote: (index: number, note: string) => void
  readonly onAnswer: (index: number) => void
}

/**
 * Hands out the lines in order, and gathers the answers in the same order, whoever worked on which.
 *
 * @returns the answers, or what went wrong with the first worker that failed
 */
export async function answerLines(work: LineWork): Promise<Result<string[]>> {
  const answers = new Array<string>(work.lines.length)
  const children = new Set<ChildProcess>()
  let next = 0
  try {
    const count = Math.max(1, Math.min(work.workers, work.lines.length))
    await Promise.all(
      Array.from({ length: count }, () => employ(work, children, () => next++, answers)),
    )
    return { ok: true, value: answers }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) }
  } finally {
    for (const child of children) child.kill()
  }
}

/** Keeps one worker busy until no line is left; rejects when it dies before. */
function employ(
  work: LineWork,
  children: Set<ChildProcess>,
  take: () => number,
  answers: string[],
): Promise<void> {
  const { file, args, env } = work.command
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
    children.add(child)
    let index = -1
    const handOut = (): void => {
      index = take()
      const line = work.lines[index]
      if (line === undefined) child.stdin.end()
      else child.stdin.write(`${line}\n`)
    }
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith(work.notePrefix)) {
        work.onNote(index, line.slice(work.notePrefix.length))
        return
      }
      answers[index] = line
      work.onAnswer(index)
      handOut()
    })
    // A worker that has died says so by its exit.
    child.stdin.on('error', () => {})
    child.on('error', (error) => reject(new Error(`cannot start ${file}: ${error.message}`)))
    child.on('close', (code, signal) => {
      children.delete(child)
      if (index >= work.lines.length) resolve()
      else reject(new Error(`a worker ended early (${signal ?? `exit code ${code}`})`))
    })
    handOut()
  })
}
