// The history on disk: two files of bounded size, written behind the daemon's back and never waited for.
import { closeSync, fstatSync, write, writeSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { History, Log } from '../ports.ts'
import { explain } from './file-error.ts'
import { inFolderOf } from './folder.ts'
import { makeFolder, openToAppend } from './new-file.ts'

export interface HistoryOptions {
  /** `history.jsonl`; the older file is `history.1.jsonl` beside it. */
  readonly path: string
  readonly log: Log
  readonly mostBytes?: number
  readonly flushAfterMs?: number
  readonly retryAfterMs?: number
}

/** A night of the worst flapping, or years of calm. */
const MOST_BYTES = 8 * 1024 * 1024
/** What may wait for a disk that is slow or full. */
const MOST_QUEUED = 1024 * 1024
const FLUSH_AFTER_MS = 1000
/** A disk that was full is tried again after this. */
const RETRY_AFTER_MS = 30_000

/** In the queue between lines: what follows belongs into a new file. */
const NEW_FILE = Symbol('new file')

/** The older of the two files. */
export function olderHistory(path: string): string {
  return path.replace(/(\.jsonl)?$/, '.1$1')
}

export function createHistory(options: HistoryOptions): History {
  const { path, log, mostBytes = MOST_BYTES } = options
  const { flushAfterMs = FLUSH_AFTER_MS, retryAfterMs = RETRY_AFTER_MS } = options
  const queue: (string | typeof NEW_FILE)[] = []
  let queuedBytes = 0
  let fileBytes = 0
  let lost = 0
  let descriptor: number | null = null
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
    timer = setTimeout(flush, afterMs)
    // A daemon that stops does not wait for its history.
    timer.unref()
  }

  function flush(): void {
    timer = null
    if (queue.length === 0 || isWriting) return
    if (performance.now() < retryAtMs) {
      schedule(retryAfterMs)
      return
    }
    const text = takeText()
    if (text === '' || descriptor === null) return
    isWriting = true
    writeAll(descriptor, Buffer.from(text), (error) => {
      isWriting = false
      if (isClosed) {
        close()
        return
      }
      if (error === null) works()
      else fails(error, text)
      if (queue.length > 0) schedule(error === null ? 0 : retryAfterMs)
    })
  }

  /** The lines up to the next change of files; a change is carried out when it comes first. */
  function takeText(): string {
    let end = queue.indexOf(NEW_FILE)
    if (end === 0) {
      rotate()
      queue.shift()
      end = queue.indexOf(NEW_FILE)
    }
    if (descriptor === null && opened() === null) return ''
    const lines = queue.splice(0, end < 0 ? queue.length : end) as string[]
    const text = `${lines.join('\n')}\n`
    queuedBytes -= text.length
    return text
  }

  function opened(): number | null {
    if (descriptor !== null) return descriptor
    try {
      makeFolder(dirname(path), 0o750)
      descriptor = inFolderOf(path, (folder, name) => openToAppend(folder, name, 0o640))
      return descriptor
    } catch (error) {
      fails(error as Error, '')
      schedule(retryAfterMs)
      return null
    }
  }

  function rotate(): void {
    close()
    try {
      inFolderOf(path, (folder, name) => folder.rename(name, basename(olderHistory(path))))
    } catch {
      // Then this file grows on; the next change of files tries again.
    }
  }

  function close(): void {
    if (descriptor === null) return
    try {
      closeSync(descriptor)
    } catch {
      // Whatever was wrong with it, it is not ours any more.
    }
    descriptor = null
  }

  function works(): void {
    if (complaint !== '') log.line('info', `${path} can be written again`)
    complaint = ''
  }

  /** What was to be written is lost; half a line may be on disk, which readers pass over. */
  function fails(error: Error, text: string): void {
    lost += text === '' ? 0 : text.split('\n').length - 1
    retryAtMs = performance.now() + retryAfterMs
    close()
    const why = `cannot write ${path}: ${explain(error, dirname(path))}; replays will know nothing of this time`
    if (complaint !== why) log.line('warn', why)
    complaint = why
  }

  const first = opened()
  if (first !== null) fileBytes = fstatSync(first).size

  return {
    append(lines, head) {
      if (queuedBytes > MOST_QUEUED) {
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
      timer = null
      isClosed = true
      const lines = queue.filter((it) => it !== NEW_FILE)
      queue.length = 0
      const file = lines.length === 0 ? null : opened()
      try {
        if (file !== null) writeSync(file, `${lines.join('\n')}\n`)
      } catch {
        // The last second is lost then.
      }
      // A write under way needs its descriptor; it is closed when that ends, or with the process.
      if (!isWriting) close()
    },
  }
}

function writeAll(file: number, bytes: Buffer, done: (error: Error | null) => void): void {
  write(file, bytes, 0, bytes.length, (error, written) => {
    if (error !== null) done(error)
    else if (written === bytes.length) done(null)
    else writeAll(file, bytes.subarray(written), done)
  })
}
