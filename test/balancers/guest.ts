// The guest: a Debian kernel with IPVS in qemu, booted for tests, and the way to run programs in it.
import { createTranscript, type Transcript } from '../lab/transcript.ts'
import { eachLine } from '../support/each-line.ts'
import { guestImage, startHolder } from './holder.ts'
import { createPrograms, type GuestProcess, type GuestResult, type RunOptions } from './programs.ts'
import type { Reply } from './protocol.ts'

export interface Guest {
  /** The process that qemu hangs on, as the test process sees it. */
  readonly pid: number
  /** What the kernel said. */
  readonly console: Transcript
  /** How long the guest had been up when it could run programs, by its own clock. */
  readonly bootMs: number
  readonly running: boolean
  /** Starts a program in the guest; its standard input stays open. */
  spawn(command: readonly string[], options?: RunOptions): GuestProcess
  /** Runs a program in the guest to its end; any number at once. */
  run(command: readonly string[], options?: RunOptions): Promise<GuestResult>
  /** Ends it as pulling the plug would. */
  destroy(): Promise<void>
}

const BOOT_CEILING_MS = 180_000

/** Boots a guest, in a few seconds. Fails with what the kernel said. */
export async function createGuest(): Promise<Guest> {
  const holder = startHolder(await guestImage())
  const console = createTranscript('guest')
  console.follow([holder.stderr])
  const programs = createPrograms((request) => {
    holder.stdin.write(`${JSON.stringify(request)}\n`)
    holder.stdin.flush()
  })
  let running = true
  const ended = eachLine(holder.stdout, (line) => programs.hear(JSON.parse(line) as Reply)).then(
    async () => {
      await holder.exited
      running = false
      programs.abandon(`the guest has ended\n${console.tail(60)}`)
    },
  )
  const timer = setTimeout(() => holder.kill('SIGKILL'), BOOT_CEILING_MS)
  const bootMs = await programs.ready.finally(() => clearTimeout(timer))
  return {
    pid: holder.pid,
    console,
    bootMs,
    get running() {
      return running
    },
    spawn: programs.spawn,
    run(command, options = {}) {
      const process = programs.spawn(command, options)
      if (options.input !== undefined) process.write(options.input)
      process.write(null)
      return process.finished
    },
    async destroy() {
      holder.kill('SIGKILL')
      await ended
    },
  }
}
