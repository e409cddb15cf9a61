// Runs in the guest: starts programs for the test process, and says what they print and how they end.
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { eachLine } from '../support/each-line.ts'
import type { Reply, Request } from './protocol.ts'

type Child = Bun.Subprocess<'pipe', 'pipe', 'pipe'>

/** What a shell reports for a program that a signal has ended. */
const SIGNALLED = 128
/** What a shell reports for a program that cannot be found. */
const NOT_FOUND = 127

const children = new Map<number, Child>()

function say(reply: Reply): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`)
}

async function relay(
  id: number,
  stream: 'stdout' | 'stderr',
  from: ReadableStream<Uint8Array>,
): Promise<void> {
  const decoder = new TextDecoder()
  for await (const chunk of from) {
    say({ kind: 'output', id, stream, text: decoder.decode(chunk, { stream: true }) })
  }
}

function numberOf(signal: string | number): number {
  if (typeof signal === 'number') return signal
  return (constants.signals as Readonly<Record<string, number>>)[signal] ?? 0
}

async function start(request: Extract<Request, { kind: 'start' }>): Promise<void> {
  const { id, command, env } = request
  try {
    const child = Bun.spawn([...command], {
      cwd: '/',
      env: { ...process.env, ...env },
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
    })
    children.set(id, child)
    await Promise.all([relay(id, 'stdout', child.stdout), relay(id, 'stderr', child.stderr)])
    await child.exited
    const signal = child.signalCode
    const code = signal === null ? (child.exitCode ?? 0) : SIGNALLED + numberOf(signal)
    say({ kind: 'exit', id, code })
  } catch (error) {
    say({ kind: 'output', id, stream: 'stderr', text: `${error}\n` })
    say({ kind: 'exit', id, code: NOT_FOUND })
  } finally {
    children.delete(id)
  }
}

function obey(request: Request): void {
  switch (request.kind) {
    case 'start':
      void start(request)
      return
    case 'input': {
      const input = children.get(request.id)?.stdin
      if (request.text === null) input?.end()
      else {
        input?.write(request.text)
        input?.flush()
      }
      return
    }
    case 'signal':
      children.get(request.id)?.kill(request.signal as NodeJS.Signals)
      return
    default:
      request satisfies never
  }
}

const uptimeS = Number.parseFloat(readFileSync('/proc/uptime', 'utf8'))
say({ kind: 'ready', uptimeMs: Math.round(uptimeS * 1000) })
await eachLine(Bun.stdin.stream(), (line) => obey(JSON.parse(line) as Request))
