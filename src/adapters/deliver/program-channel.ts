// Channels that are programs: the message on standard input, the answer in the exit code.

import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { CommandChannel, SendmailChannel } from '../../config/notify-table.ts'
import { cleanLine } from '../../documents/clean-text.ts'
import {
  type ComposedMessage,
  messageDocument,
  messageEnvironment,
  type SendOutcome,
} from '../../notify/compose-message.ts'
import { readKernelFile } from '../kernel-file.ts'
import { mailText } from './mail.ts'

/** The daemon's own environment holds what is none of a program's business. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
}

/** What a program prints is for the log, and none prints much that is worth it. */
const LINGER_MS = 100
const MAX_OUTPUT = 2000

/** Hands the mail to the local mail system, whose queue has it when the program has succeeded. */
export async function deliverBySendmail(
  channel: SendmailChannel,
  message: ComposedMessage,
): Promise<SendOutcome> {
  const outcome = await run(channel.command, {
    input: mailText(message, channel),
    environment: ENVIRONMENT,
    timeoutMs: channel.timeoutMs,
  })
  if (outcome.ok || !isWithoutPrivileges()) return outcome
  return { ...outcome, error: `${outcome.error}; ${NO_PRIVILEGES}` }
}

const NO_PRIVILEGES =
  'sendmail of exim and Postfix cannot work in a unit with NoNewPrivileges: write type = "smtp"'

/** Whether no program that this process runs can have more rights: neither setuid nor setgid counts. */
function isWithoutPrivileges(): boolean {
  try {
    return /^NoNewPrivs:\t1$/m.test(readKernelFile('/proc/self/status'))
  } catch {
    return false
  }
}

/** Runs the program with the message in short in its environment, and whole on standard input. */
export function deliverByCommand(
  channel: CommandChannel,
  message: ComposedMessage,
): Promise<SendOutcome> {
  return run(channel.command, {
    input: messageDocument(message),
    environment: { ...ENVIRONMENT, ...messageEnvironment(message) },
    timeoutMs: channel.timeoutMs,
  })
}

interface Run {
  readonly input: string
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** No shell is involved, and no word of the command comes from an event. */
function run([program = '', ...args]: readonly string[], options: Run): Promise<SendOutcome> {
  return new Promise((resolve) => {
    let child: ChildProcess
    try {
      child = spawn(program, args, {
        cwd: '/',
        env: { ...options.environment },
        stdio: ['pipe', 'pipe', 'pipe'],
        // In a group of its own, so that its children end with it when it takes too long.
        detached: true,
      })
    } catch (error) {
      resolve(unstarted(program, error))
      return
    }
    let late = false
    const complaint = gather(child.stderr)
    const output = gather(child.stdout)
    const timer = setTimeout(() => {
      late = true
      killGroup(child)
    }, options.timeoutMs)
    child.once('error', (error) => {
      clearTimeout(timer)
      resolve(unstarted(program, error))
    })
    // Its end, and not that of its output: a child that it leaves behind may keep that open.
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      const seconds = late ? Math.round(options.timeoutMs / 1000) : null
      void Promise.race([Promise.all([complaint.ended, output.ended]), lingered()]).then(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
        // What it said on standard error says more about a failure.
        resolve(
          outcomeOf({
            program,
            code,
            signal,
            output: `${complaint.text()}\n${output.text()}`,
            seconds,
          }),
        )
      })
    })
    // A program that does not read to the end says by its exit code whether that matters.
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input)
  })
}

/** Gathers the beginning of what a stream brings, which may still be under way when its program has ended. */
function gather(stream: Readable | null): { text(): string; readonly ended: Promise<void> } {
  let text = ''
  stream?.setEncoding('utf8')
  stream?.on('data', (chunk: string) => {
    if (text.length < MAX_OUTPUT) text += chunk
  })
  const ended = new Promise<void>((resolve) => {
    if (stream === null) resolve()
    else stream.once('close', resolve)
  })
  return { text: () => text, ended }
}

/** How long to wait for output that a child left behind may hold open for ever. */
function lingered(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LINGER_MS))
}

interface Ending {
  readonly program: string
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
  /** The time after which it was ended, or null when it ended by itself. */
  readonly seconds: number | null
}

function outcomeOf({ program, code, signal, output, seconds }: Ending): SendOutcome {
  if (code === 0) return { ok: true }
  const said = cleanLine(output.trim().split('\n')[0] ?? '', 300)
  const how =
    seconds !== null
      ? `timed out after ${seconds} s`
      : `ended with ${signal ?? `exit code ${code}`}`
  const error = `${program} ${how}${said === '' ? '' : `: ${said}`}`
  // An exit code is the program's own word; whoever was ended had none.
  return { ok: false, error, maybeDelivered: code === null || seconds !== null }
}

function unstarted(program: string, error: unknown): SendOutcome {
  const { code, message } = error as NodeJS.ErrnoException
  const why = code === 'ENOENT' ? 'no such program' : (code ?? message)
  return { ok: false, error: `cannot run ${program}: ${why}`, maybeDelivered: false }
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}
