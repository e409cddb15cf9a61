// The history on disk: two files of bounded size, written behind the daemon's back and never waited for, and read.
import { closeSync, fstatSync, writeSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { History, Log, Result } from '../ports.ts'
import { readEnd } from './atomic-file.ts'
import { explain } from './file-error.ts'
import { inFolderOf } from './folder.ts'
import { makeFolder, openToAppend } from './new-file.ts'

export interface HistoryOptions {
  /** `history.jsonl`; the older file is `history.1.jsonl` beside it. */
  readonly path: string
  readonly log: Log
  readonly append?: AppendHistory
  readonly maxBytes?: number
  readonly flushAfterMs?: number
  readonly retryAfterMs?: number
}

/** What may wait for a disk that is slow or full. */
const MAX_QUEUED = 1024 * 1024

const DEFAULTS = {
  append: appendHistory,
  /** A night of the worst flapping, or years of calm. */
  maxBytes: 8 * 1024 * 1024,
  flushAfterMs: 1000,
  /** A disk that was full is tried again after this. */
  retryAfterMs: 30_000,
}

/** In the queue between lines: what follows belongs into a new file. */
const NEW_FILE = Symbol('new file')

/** The older of the two files. */
export function olderHistory(path: string): string {
  return path.replace(/(\.jsonl)?$/, '.1$1')
}

/** Does what `appendHistory` does, be it on another thread. */
export type AppendHistory = (
  ...of: Parameters<typeof appendHistory>
) => Result<number> | Promise<Result<number>>

/**
 * Writes at the end of the history.
 *
 * @param isNew whether a new file begins with this text
 * @returns the file's size in bytes; after a failure, half a line may be in it, which readers pass over
 */
export function appendHistory(path: string, text: string, isNew: boolean): Result<number> {
  try {
    makeFolder(dirname(path), 0o750)
    if (isNew) rotate(path)
    const file = inFolderOf(path, (folder, name) => openToAppend(folder, name, 0o640))
    try {
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
      return { ok: true, value: fstatSync(file).size }
    } finally {
      closeSync(file)
    }
  } catch (error) {
    return { ok: false, error: `cannot write ${path}: ${explain(error, dirname(path))}` }
  }
}

function rotate(path: string): void {
  try {
    inFolderOf(path, (folder, name) => folder.rename(name, basename(olderHistory(path))))
  } catch {
    // Then this file grows on; the next change of files tries again.
  }
}

export function createHistory(options: HistoryOptions): History {
  return new HistoryFile(options)
}

class HistoryFile implements History {
  readonly #options: Required<HistoryOptions>
  readonly #queue: (string | typeof NEW_FILE)[] = []
  #queuedBytes = 0
  #fileBytes = 0
  /** Lines that were not written. */
  #lost = 0
  #isWriting = false
  #isClosed = false
  #complaint = ''
  #timer: ReturnType<typeof setTimeout> | null = null
  #retryAtMs = 0

  constructor(options: HistoryOptions) {
    this.#options = { ...DEFAULTS, ...options }
    // How full the file is that an earlier run has left; nothing waits for a daemon that only starts.
    const first = appendHistory(options.path, '', false)
    if (first.ok) this.#fileBytes = first.value
    else this.#fails(first.error, 0)
  }

  append(lines: readonly string[], head: (() => readonly string[]) | null): void {
    if (this.#queuedBytes > MAX_QUEUED) {
      this.#lost += lines.length
      return
    }
    // After a gap a reader must be told anew what there is.
    if (this.#lost > 0 && this.#queuedBytes === 0 && head !== null) {
      this.#enqueue([JSON.stringify({ kind: 'lost', lines: this.#lost }), ...head()])
      this.#lost = 0
    }
    if (this.#fileBytes > this.#options.maxBytes && head !== null) {
      this.#queue.push(NEW_FILE)
      this.#fileBytes = 0
      this.#enqueue(head())
    }
    this.#enqueue(lines)
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#schedule(0)
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#isClosed = true
    const lines = this.#queue.splice(0).filter((newFile) => newFile !== NEW_FILE)
    const { append, path } = this.#options
    if (lines.length > 0) void append(path, `${lines.join('\n')}\n`, false)
  }

  #enqueue(lines: readonly string[]): void {
    for (const line of lines) {
      this.#queue.push(line)
      this.#queuedBytes += line.length + 1
      this.#fileBytes += line.length + 1
    }
    this.#schedule(this.#options.flushAfterMs)
  }

  #schedule(afterMs: number): void {
    if (this.#timer !== null || this.#isWriting || this.#isClosed) return
    this.#timer = setTimeout(() => void this.#flush(), afterMs)
    // A daemon that stops does not wait for its history.
    this.#timer.unref()
  }

  async #flush(): Promise<void> {
    const { append, path, retryAfterMs } = this.#options
    this.#timer = null
    if (this.#queue.length === 0 || this.#isWriting) return
    if (performance.now() < this.#retryAtMs) {
      this.#schedule(retryAfterMs)
      return
    }
    const isNew = this.#queue[0] === NEW_FILE
    if (isNew) this.#queue.shift()
    // Up to the next change of files.
    const end = this.#queue.indexOf(NEW_FILE)
    const lines = this.#queue.splice(0, end < 0 ? this.#queue.length : end)
    const text = `${lines.join('\n')}\n`
    this.#queuedBytes -= text.length
    this.#isWriting = true
    const written = await append(path, text, isNew)
    this.#isWriting = false
    if (this.#isClosed) return
    if (written.ok) this.#works()
    else this.#fails(written.error, lines.length)
    if (this.#queue.length > 0) this.#schedule(written.ok ? 0 : retryAfterMs)
  }

  #works(): void {
    const { log, path } = this.#options
    if (this.#complaint !== '') log.line('info', `${path} can be written again`)
    this.#complaint = ''
  }

  #fails(error: string, lines: number): void {
    this.#lost += lines
    this.#retryAtMs = performance.now() + this.#options.retryAfterMs
    const why = `${error}; replays will know nothing of this time`
    if (this.#complaint !== why) this.#options.log.line('warn', why)
    this.#complaint = why
  }
}

export interface HistoryText {
  /** The older file first. */
  readonly text: string
  /** Files that are larger than they ought to be, of which the end was read. */
  readonly cut: readonly string[]
}

/** Twice what a file grows to, so that only one that is no longer looked after is cut. */
const LIMIT_BYTES = 16 * 1024 * 1024

/** Fails when there is neither file, or the newer one cannot be read; the older one need not be there. */
export function readHistory(path: string, limitBytes = LIMIT_BYTES): Result<HistoryText> {
  const cut: string[] = []
  const texts: string[] = []
  const older = olderHistory(path)
  let failure: { readonly error: string; readonly missing: boolean } | null = null
  for (const file of [older, path]) {
    const read = readEnd(file, limitBytes)
    if (read.ok && read.isCut) cut.push(file)
    if (read.ok) texts.push(read.value)
    else if (file === path) failure = read
  }
  if (failure !== null && !(failure.missing && texts.length > 0))
    return { ok: false, error: failure.error }
  return { ok: true, value: { text: texts.join('\n'), cut } }
}
