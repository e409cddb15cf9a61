// Programs in the guest, as the test process sees them: any number at once over one line.
import type { Reply, Request } from './protocol.ts'

export interface GuestResult {
  /** As a shell has it: 128 and more for a signal, 127 when there is no such program. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface GuestProcess {
  readonly finished: Promise<GuestResult>
  /** Text for its standard input; null closes that. */
  write(text: string | null): void
  signal(signal: NodeJS.Signals): void
}

export interface RunOptions {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** Called with what the program prints, as it comes. */
  readonly onOutput?: (text: string, stream: 'stdout' | 'stderr') => void
}

export interface Programs {
  /** How long the guest had been up when programs could be run; fails if it never comes so far. */
  readonly ready: Promise<number>
  spawn(command: readonly string[], options?: RunOptions): GuestProcess
  /** What the agent said. */
  hear(reply: Reply): void
  /** The guest is gone: whatever is awaited fails. */
  abandon(why: string): void
}

interface Running {
  stdout: string
  stderr: string
  readonly onOutput: RunOptions['onOutput']
  readonly end: Deferred<GuestResult>
}

interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil
    reject = refuse
  })
  return { promise, resolve, reject }
}

export function createPrograms(send: (request: Request) => void): Programs {
  const running = new Map<number, Running>()
  const ready = deferred<number>()
  let lastId = 0
  let gone: string | null = null

  return {
    ready: ready.promise,
    spawn(command, options = {}) {
      if (gone !== null) throw new Error(gone)
      lastId += 1
      const id = lastId
      const end = deferred<GuestResult>()
      running.set(id, { stdout: '', stderr: '', onOutput: options.onOutput, end })
      send({ kind: 'start', id, command, env: options.env ?? {} })
      return {
        finished: end.promise,
        write: (text) => send({ kind: 'input', id, text }),
        signal: (signal) => send({ kind: 'signal', id, signal }),
      }
    },
    hear(reply) {
      if (reply.kind === 'ready') {
        ready.resolve(reply.uptimeMs)
        return
      }
      const program = running.get(reply.id)
      if (program === undefined) throw new Error(`the agent speaks of program ${reply.id}`)
      if (reply.kind === 'output') {
        program[reply.stream] += reply.text
        program.onOutput?.(reply.text, reply.stream)
        return
      }
      running.delete(reply.id)
      program.end.resolve({ code: reply.code, stdout: program.stdout, stderr: program.stderr })
    },
    abandon(why) {
      gone = why
      ready.reject(new Error(why))
      for (const program of running.values()) program.end.reject(new Error(why))
      running.clear()
    },
  }
}
