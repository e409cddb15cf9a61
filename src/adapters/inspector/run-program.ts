// Runs a program for what it says: no shell, the C locale, and bounds on its time and its words.
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { constants as system } from 'node:os'
import type { ProgramRun, Read } from '../../ports.ts'

export interface ProgramOptions {
  readonly input?: string
  readonly limitMs?: number
  readonly env: Readonly<Record<string, string | undefined>>
}

const LIMIT_MS = 3000
/** For each of its two streams. */
const MAX_BYTES = 8 * 1024 * 1024
/** Programs of administrators are not on everybody's PATH, and a PATH there need not be. */
const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
/** What shells add to the number of the signal that ended a program. */
const BY_SIGNAL = 128

/**
 * Runs a program to its end. One that says more than 8 MiB, or takes longer than its limit, is
 * killed and counts as failed. Never rejects.
 *
 * @returns the exit code; 128 and the signal's number for a program that a signal ended
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { input, limitMs = LIMIT_MS, env }: ProgramOptions,
): Promise<Read<ProgramRun>> {
  const folders = [
    ...(env.PATH ?? '').split(':').filter((part) => part.startsWith('/')),
    ...FOLDERS,
  ]
  const found = find(program, folders)
  if (!found.ok) return found
  let child: ChildProcess
  try {
    child = spawn(found.value, args, {
      env: { ...env, LC_ALL: 'C', LANGUAGE: '', PATH: [...new Set(folders)].join(':') },
      cwd: '/',
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
  } catch (error) {
    return asFailure(error)
  }
  return ended(child, program, input, limitMs)
}

/** Found by hand: runtimes differ in whose PATH they go by. */
function find(program: string, folders: readonly string[]): Read<string> {
  const paths = program.includes('/') ? [program] : folders.map((folder) => `${folder}/${program}`)
  let isDenied = false
  for (const path of paths) {
    try {
      if (!statSync(path).isFile()) continue
      accessSync(path, constants.X_OK)
      return { ok: true, value: path }
    } catch (error) {
      isDenied ||= asFailure(error).why === 'denied'
    }
  }
  return isDenied
    ? { ok: false, why: 'denied', error: `${program} may not be run` }
    : { ok: false, why: 'missing', error: `there is no program ${program}` }
}

function ended(
  child: ChildProcess,
  program: string,
  input: string | undefined,
  limitMs: number,
): Promise<Read<ProgramRun>> {
  return new Promise((resolve) => {
    const settle = (read: Read<ProgramRun>) => {
      clearTimeout(timer)
      resolve(read)
    }
    // A grandchild may hold the streams for ever: nobody waits for them to close.
    const giveUp = (why: string) => {
      child.kill('SIGKILL')
      child.stdout?.destroy()
      child.stderr?.destroy()
      settle({ ok: false, why: 'other', error: `${program} ${why}` })
    }
    const timer = setTimeout(() => giveUp(`took longer than ${limitMs / 1000} s`), limitMs)
    const tooMuch = () => giveUp(`said more than ${MAX_BYTES} bytes`)
    const stdout = collect(child.stdout, tooMuch)
    const stderr = collect(child.stderr, tooMuch)
    child.on('error', (error) => settle(asFailure(error)))
    child.on('close', (code, signal) => {
      const number = signal === null ? 0 : BY_SIGNAL + (system.signals[signal] ?? 0)
      settle({ ok: true, value: { code: code ?? number, stdout: stdout(), stderr: stderr() } })
    })
    // A program that ends without reading is no error of ours.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

/** Returns a function that tells the text so far. */
function collect(stream: NodeJS.ReadableStream | null, tooMuch: () => void): () => string {
  const chunks: Uint8Array[] = []
  let bytes = 0
  stream?.on('error', () => {})
  stream?.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length
    if (bytes > MAX_BYTES) tooMuch()
    else chunks.push(chunk)
  })
  return () => new TextDecoder().decode(Buffer.concat(chunks))
}

type Failure = Extract<Read<never>, { ok: false }>

/** An error of the system's, sorted by whether the thing is missing, or not for this user. */
export function asFailure(error: unknown): Failure {
  const { code } = error as NodeJS.ErrnoException
  const text = error instanceof Error ? error.message : String(error)
  return { ok: false, why: whyOf(code), error: text.split('\n', 1)[0] ?? '' }
}

function whyOf(code: string | undefined): Failure['why'] {
  switch (code) {
    case 'ENOENT':
      return 'missing'
    case 'EACCES':
    case 'EPERM':
      return 'denied'
    default:
      return 'other'
  }
}
