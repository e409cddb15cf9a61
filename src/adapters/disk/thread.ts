// A thread of this program that waits for the disk in the daemon's place.
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Log, Result, Spool, TextfileCollector } from '../../ports.ts'
import {
  type Answer,
  answerOf,
  type Call,
  DISK_THREAD,
  type DiskMethod,
  type DiskMethods,
  type Told,
} from './protocol.ts'

export interface DiskThreadOptions {
  readonly stateDir: string
  readonly log: Log
  readonly pollMs?: number
  /** The same without a thread, for reading at the start and for when the thread has failed. */
  readonly here: (changed: () => void) => DiskMethods
  /** The program's main module, which begins the thread as it begins a process. */
  readonly entry?: string
}

/** What the daemon keeps on the disk and must not wait for. */
export interface Disk {
  readonly spool: Spool
  readonly textfileCollector: TextfileCollector
  /** Changes an order as `swapOrder` does. */
  swapOrder(...of: readonly unknown[]): Promise<Result<void>>
  /** Does what `appendHistory` does. */
  appendHistory(...of: readonly unknown[]): Promise<Result<number>>
  /** Reads as `readBounded` does. */
  readText(path: string, maxBytes: number): Promise<Result<string>>
  /** Resolves once all that was asked for is done; a disk that takes nothing is not waited for. */
  settled(): Promise<void>
}

const MAX_END_MS = 2000

/**
 * Starts the thread. It does one thing after the other, in the order in which it was asked, so that a
 * journal that was written says what had been removed before.
 *
 * Where the thread fails, what it did is done here, and waited for: one that is begun where nothing
 * can be opened any more would end the whole program.
 */
export function createDisk(options: DiskThreadOptions): Disk {
  const { log, entry = process.argv[1] ?? '', stateDir, pollMs } = options
  const waiting = new Map<number, { readonly call: Call; readonly settle: (it: Answer) => void }>()
  let onChange: (() => void) | null = null
  let calls = 0
  let last: Promise<unknown> = Promise.resolve()
  const here = options.here(() => onChange?.())
  let thread = begin()

  function begin(): Worker | null {
    try {
      const argv = [DISK_THREAD, stateDir, ...(pollMs === undefined ? [] : [String(pollMs)])]
      const started = new Worker(entry, { argv })
      started.on('message', (told: Told) => {
        if (told.kind === 'changed') onChange?.()
        else if (told.kind === 'log') log.line(told.level, told.text)
        else settle(told.call, told.answer)
      })
      started.on('error', (error: Error) => ended(error.message))
      started.on('exit', () => ended('it ended'))
      return started
    } catch (error) {
      log.line('error', `there is no thread for the disk: ${String(error)}`)
      return null
    }
  }

  function ended(why: string): void {
    if (thread === null) return
    thread = null
    log.line('error', `the thread for the disk has failed, and the daemon waits for it: ${why}`)
    here.watch()
    for (const { call } of [...waiting.values()]) settle(call.call, doHere(call))
  }

  function doHere({ method, args }: Pick<Call, 'method' | 'args'>): Answer {
    return answerOf(() => here[method](...(args as never[])))
  }

  function settle(number: number, answer: Answer): void {
    waiting.get(number)?.settle(answer)
    waiting.delete(number)
  }

  function ask(method: DiskMethod, ...args: readonly unknown[]): Promise<Answer> {
    const running = thread
    if (running === null) return Promise.resolve(doHere({ method, args }))
    const answered = new Promise<Answer>((resolve) => {
      calls += 1
      const call = { call: calls, method, args }
      waiting.set(calls, { call, settle: resolve })
      running.postMessage(call)
    })
    last = answered
    return answered
  }

  const value = async <T>(asked: Promise<Answer>, otherwise: T): Promise<T> => {
    const answer = await asked
    return answer.ok ? (answer.value as T) : otherwise
  }
  const result = async <T = void>(asked: Promise<Answer>): Promise<Result<T>> => {
    const answer = await asked
    return answer.ok ? (answer.value as Result<T>) : answer
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
      readJournal: here.readJournal,
      writeJournal: (text) => result(ask('writeJournal', text)),
    },
    textfileCollector: {
      write: (path, text) => result(ask('writeExhibit', path, text)),
      remove: async (path) => void (await ask('removeExhibit', path)),
    },
    swapOrder: (...of) => result(ask('swapOrder', ...of)),
    appendHistory: (...of) => result(ask('appendHistory', ...of)),
    readText: (path, maxBytes) => result(ask('readText', path, maxBytes)),
    async settled() {
      const late = sleep(MAX_END_MS).then(() => 'late')
      for (let seen: unknown = null; seen !== last; ) {
        seen = last
        if ((await Promise.race([last, late])) === 'late') return
        // What was done may lead to more, such as metrics that have changed since.
        await turn()
      }
    },
  }
}
