// `holdfast notify --fifo`: reads keepalived's FIFO line by line, in keepalived's own order.
import { closeSync, constants, fstatSync, read, type Stats, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf, explain } from '../../adapters/file-error.ts'
import { type Folder, inFolderOf } from '../../adapters/folder.ts'
import type { Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { readFifoLine, type Transition } from '../../documents/transition.ts'
import type { Result } from '../../ports.ts'

/** Takes note of one transition; the number tells transitions of one millisecond apart. */
export type Note = (transition: Transition, sequence: number) => Result<void>

/** How soon a FIFO that was made anew is noticed; until then the kernel keeps what is written to it. */
const LOOK_EVERY_MS = 250
/** What the kernel keeps for a FIFO at most, unless it is told otherwise (pipe(7)). */
const PIPE_BYTES = 65_536
/** keepalived's lines have some sixty characters. */
const MAX_LINE_LENGTH = 4096

/** Follows the FIFO until SIGTERM, which keepalived sends, or SIGINT. Resolves to the exit code. */
export async function followFifo(path: string, note: Note, io: Io): Promise<number> {
  const ended = new Promise<number>((resolve) => {
    process.once('SIGTERM', () => resolve(EXIT.ok))
    process.once('SIGINT', () => resolve(EXIT.ok))
  })
  return Promise.race([ended, followForever(path, lineReader(note, io), io)])
}

type Feed = (chunk: string) => void

async function followForever(path: string, feed: Feed, io: Io): Promise<number> {
  let waiting = false
  for (;;) {
    const opened = openFifo(path)
    if (!opened.ok) {
      io.err(`holdfast notify: ${opened.error}`)
      return EXIT.failed
    }
    if (opened.value !== null) {
      waiting = false
      await readUntilReplaced(path, opened.value, feed)
      continue
    }
    // keepalived makes it, perhaps in a moment.
    if (!waiting) io.err(`holdfast notify: waiting for ${path}`)
    waiting = true
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

/**
 * Opened for writing as well, which never blocks and never comes to an end: a reader alone would see
 * the end of the file when keepalived reloads, and might then wait for ever on a FIFO that keepalived
 * is about to replace.
 *
 * @returns a descriptor; null where there is nothing
 */
function openFifo(path: string): Result<number | null> {
  try {
    const open = (folder: Folder, name: string) => folder.open(name, constants.O_RDWR, 'fifo')
    return { ok: true, value: inFolderOf(path, open, { follow: true }) }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { ok: true, value: null }
    return { ok: false, error: `cannot open ${path}: ${explain(error, dirname(path))}` }
  }
}

/** Device and inode of what stands there; empty where nothing does. */
function identityOf(path: string): string {
  try {
    return inFolderOf(path, (folder, name) => identityIn(folder.look(name)), { follow: true })
  } catch {
    return ''
  }
}

function identityIn(stats: Stats | null): string {
  return stats === null ? '' : `${stats.dev}:${stats.ino}`
}

async function readUntilReplaced(path: string, fifo: number, feed: Feed): Promise<void> {
  const identity = identityIn(fstatSync(fifo))
  let replaced = false
  const timer = setInterval(() => {
    if (replaced || identityOf(path) === identity) return
    replaced = true
    // Wakes the read below, after all that keepalived wrote before.
    writeSync(fifo, '\n')
  }, LOOK_EVERY_MS)
  const decoder = new TextDecoder()
  const buffer = new Uint8Array(PIPE_BYTES)
  for (;;) {
    const bytesRead = await readSome(fifo, buffer)
    feed(decoder.decode(buffer.subarray(0, bytesRead), { stream: true }))
    if (replaced && bytesRead < buffer.length) break
  }
  clearInterval(timer)
  closeSync(fifo)
}

function readSome(fifo: number, buffer: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fifo, buffer, 0, buffer.length, null, (error, bytesRead) =>
      error === null ? resolve(bytesRead) : reject(error),
    )
  })
}

/** Puts lines together from chunks and notes each; what is no transition is said and passed over. */
function lineReader(note: Note, io: Io): Feed {
  let rest = ''
  let sequence = 0
  return (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = (lines.pop() ?? '').slice(0, MAX_LINE_LENGTH)
    for (const line of lines) {
      if (line === '') continue
      const reading = readFifoLine(line)
      if (reading === null) continue
      sequence += 1
      const noted: Result<void> = reading.ok ? note(reading.transition, sequence) : reading
      if (!noted.ok) io.err(`holdfast notify: ${noted.error}`)
    }
  }
}
