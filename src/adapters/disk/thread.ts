// A thread of this program that waits for the disk in the daemon's place.
import { Worker } from 'node:worker_threads'
import type { Exhibits, Log, Result, Spool } from '../../ports.ts'
import type { DiskSpool } from '../spool/store.ts'
import { type Answer, type Call, DISK_THREAD, type DiskMethod, type Told } from './protocol.ts'

export interface DiskThreadOptions {
  readonly stateDir: string
  readonly log: Log
  /** The program's main module, which begins the thread as it begins a process. */
  readonly entry?: string
  readonly pollMs?: number
}

/** What the daemon keeps on the disk and must not wait for. */
export interface Disk {
  readonly spool: Spool
  readonly exhibits: Exhibits
}

/**
 * Starts the thread. It does one thing after the other, in the order in which it was asked, so that a
 * journal that was written says what had been removed before.
 *
 * @param local reads what must be known before the thread has begun
 */
export function createDisk(
  options: DiskThreadOptions,
  local: Pick<DiskSpool, 'readJournal'>,
): Disk {
  const { log, entry = process.argv[1] ?? '', stateDir, pollMs } = options
  const waiting = new Map<number, (answer: Answer) => void>()
  let onChange: (() => void) | null = null
  let thread: Worker | null = null
  let calls = 0

  function begin(): Worker {
    const argv = [DISK_THREAD, stateDir, ...(pollMs === undefined ? [] : [String(pollMs)])]
    const started = new Worker(entry, { argv })
    started.on('message', (told: Told) => {
      if (told.kind === 'changed') onChange?.()
      else if (told.kind === 'log') log.line(told.level, told.text)
      else settle(told.call, told.answer)
    })
    started.on('error', (error: Error) => ended(started, error.message))
    started.on('exit', () => ended(started, 'it ended'))
    // A daemon that ends waits for what it asked for, and for nothing else.
    started.unref()
    return started
  }

  /** Another begins with the next thing that is to be done. */
  function ended(which: Worker, why: string): void {
    if (thread !== which) return
    thread = null
    log.line('error', `the thread for the disk has failed and is begun anew: ${why}`)
    for (const call of [...waiting.keys()]) settle(call, { ok: false, error: why })
  }

  function settle(call: number, answer: Answer): void {
    waiting.get(call)?.(answer)
    waiting.delete(call)
  }

  function ask(method: DiskMethod, ...args: readonly unknown[]): Promise<Answer> {
    return new Promise((resolve) => {
      calls += 1
      const call = calls
      waiting.set(call, resolve)
      try {
        if (thread === null) {
          thread = begin()
          if (onChange !== null && method !== 'watch') void ask('watch')
        }
        thread.postMessage({ call, method, args } satisfies Call)
      } catch (error) {
        settle(call, { ok: false, error: error instanceof Error ? error.message : String(error) })
      }
    })
  }

  const value = async <T>(asked: Promise<Answer>, otherwise: T): Promise<T> => {
    const answer = await asked
    return answer.ok ? (answer.value as T) : otherwise
  }
  const result = async (asked: Promise<Answer>): Promise<Result<void>> => {
    const answer = await asked
    return answer.ok ? (answer.value as Result<void>) : answer
  }

  return {
    spool: {
      add: (id, text) => result(ask('add', id, text)),
      scan: () => value(ask('scan'), []),
      remove: async (ids) => void (await ask('remove', ids)),
      takeLost: () => value(ask('takeLost'), 0),
      watch(changed) {
        onChange = changed
        void ask('watch')
        return () => {
          onChange = null
        }
      },
      readJournal: local.readJournal,
      writeJournal: (text) => result(ask('writeJournal', text)),
    },
    exhibits: {
      write: (path, text) => result(ask('writeExhibit', path, text)),
      remove: async (path) => void (await ask('removeExhibit', path)),
    },
  }
}
