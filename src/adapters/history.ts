// The history on disk: two files of bounded size, written behind the daemon's back and never waited for.
import { closeSync, fstatSync, writeSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { History, Log, Result } from '../ports.ts'
import { explain } from './file-error.ts'
import { inFolderOf } from './folder.ts'
import { makeFolder, openToAppend } from './new-file.ts'

export interface HistoryOptions {
  /** `history.jsonl`; the older file is `history.1.jsonl` beside it. */
  readonly path: string
  readonly log: Log
  readonly append?: AppendHistory
  readonly mostBytes?: number
  readonly flushAfterMs?: number
  readonly retryAfterMs?: number
}

/** A night of the worst flapping, or years of calm. */
const MAX_BYTES = 8 * 1024 * 1024
/** What may wait for a disk that is slow or full. */
const MAX_QUEUED = 1024 * 1024
const FLUSH_AFTER_MS = 1000
/** A disk that was full is tried again after this. */
const RETRY_AFTER_MS = 30_000

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
  const { path, log, append = appendHistory, mostBytes = MAX_BYTES } = options
  const { flushAfterMs = FLUSH_AFTER_MS, retryAfterMs = RETRY_AFTER_MS } = options
  const queue: (string | typeof NEW_FILE)[] = []
  let queuedBytes = 0
  let fileBytes = 0
  let lost = 0
  let isWriting = false
  let isClosed = false
  let complaint = ''
  let timer: ReturnType<typeof setTimeout> | null = null
  let retryAtMs = 0

  function enqueue(lines: readonly string[]): void {
    for (const line of lines) {
      queue.push(line)
      queuedBytes += line.length + 1
      fileBytes += line.length + 1
    }
    schedule(flushAfterMs)
  }

  function schedule(afterMs: number): void {
    if (timer !== null || isWriting || isClosed) return
    timer = setTimeout(() => void flush(), afterMs)
    // A daemon that stops does not wait for its history.
    timer.unref()
  }

  async function flush(): Promise<void> {
    timer = null
    if (queue.length === 0 || isWriting) return
    if (performance.now() < retryAtMs) {
      schedule(retryAfterMs)
      return
    }
    const isNew = queue[0] === NEW_FILE
    if (isNew) queue.shift()
    // Up to the next change of files.
    const end = queue.indexOf(NEW_FILE)
    const lines = queue.splice(0, end < 0 ? queue.length : end)
    const text = `${lines.join('\n')}\n`
    queuedBytes -= text.length
    isWriting = true
    const written = await append(path, text, isNew)
    isWriting = false
    if (isClosed) return
    if (written.ok) works()
    else fails(written.error, lines.length)
    if (queue.length > 0) schedule(written.ok ? 0 : retryAfterMs)
  }

  function works(): void {
    if (complaint !== '') log.line('info', `${path} can be written again`)
    complaint = ''
  }

  function fails(error: string, lines: number): void {
    lost += lines
    retryAtMs = performance.now() + retryAfterMs
    const why = `${error}; replays will know nothing of this time`
    if (complaint !== why) log.line('warn', why)
    complaint = why
  }

  // How full the file is that an earlier run has left; nothing waits for a daemon that only starts.
  const first = appendHistory(path, '', false)
  if (first.ok) fileBytes = first.value
  else fails(first.error, 0)

  return {
    append(lines, head) {
      if (queuedBytes > MAX_QUEUED) {
        lost += lines.length
        return
      }
      // After a gap a reader must be told anew what there is.
      if (lost > 0 && queuedBytes === 0 && head !== null) {
        enqueue([JSON.stringify({ kind: 'lost', lines: lost }), ...head()])
        lost = 0
      }
      if (fileBytes > mostBytes && head !== null) {
        queue.push(NEW_FILE)
        fileBytes = 0
        enqueue(head())
      }
      enqueue(lines)
    },
    close() {
      if (timer !== null) clearTimeout(timer)
      isClosed = true
      const lines = queue.splice(0).filter((it) => it !== NEW_FILE)
      if (lines.length > 0) void append(path, `${lines.join('\n')}\n`, false)
    },
  }
}
