// A thread of this program that waits for the disk in the daemon's place.
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Log, Result, Spool, TextfileCollector } from '../../ports.ts'
import {
  answerOf,
  type Call,
  DISK_THREAD,
  type DiskMethod,
  type DiskMethods,
  type DiskReply,
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

interface Waiting {
  readonly call: Call
  readonly settle: (answer: DiskReply) => void
}

/** Starts the thread, and is all that the daemon knows of it. */
export function createDisk(options: DiskThreadOptions): Disk {
  const thread = new DiskThread(options)
  const value = async <T>(asked: Promise<DiskReply>, otherwise: T): Promise<T> => {
    const answer = await asked
    return answer.ok ? (answer.value as T) : otherwise
  }
  const result = async <T = void>(asked: Promise<DiskReply>): Promise<Result<T>> => {
    const answer = await asked
    return answer.ok ? (answer.value as Result<T>) : answer
  }

  return {
    spool: {
      add: (id, text) => result(thread.ask('add', id, text)),
      scan: () => value(thread.ask('scan'), []),
      remove: async (ids) => void (await thread.ask('remove', ids)),
      takeLost: () => value(thread.ask('takeLost'), 0),
      watch(changed) {
        thread.onChange = changed
        void thread.ask('watch')
        return () => {
          thread.onChange = null
        }
      },
      readJournal: thread.here.readJournal,
      writeJournal: (text) => result(thread.ask('writeJournal', text)),
    },
    textfileCollector: {
      write: (path, text) => result(thread.ask('writeTextfile', path, text)),
      remove: async (path) => void (await thread.ask('removeTextfile', path)),
    },
    swapOrder: (...of) => result(thread.ask('swapOrder', ...of)),
    appendHistory: (...of) => result(thread.ask('appendHistory', ...of)),
    readText: (path, maxBytes) => result(thread.ask('readText', path, maxBytes)),
    settled: () => thread.settled(),
  }
}

/**
 * Does one thing after the other, in the order in which it was asked, so that a journal that was
 * written says what had been removed before.
 *
 * Where the thread fails, what it did is done here, and waited for: one that is begun where nothing
 * can be opened any more would end the whole program.
 */
class DiskThread {
  /** Told when a scan of the spool may find something new. */
  onChange: (() => void) | null = null
  /** The same without the thread. */
  readonly here: DiskMethods
  readonly #options: DiskThreadOptions
  readonly #waiting = new Map<number, Waiting>()
  #calls = 0
  #last: Promise<unknown> = Promise.resolve()
  #worker: Worker | null

  constructor(options: DiskThreadOptions) {
    this.#options = options
    this.here = options.here(() => this.onChange?.())
    this.#worker = this.#begin()
  }

  ask(method: DiskMethod, ...args: readonly unknown[]): Promise<DiskReply> {
    const worker = this.#worker
    if (worker === null) return Promise.resolve(this.#doHere({ method, args }))
    const answered = new Promise<DiskReply>((resolve) => {
      this.#calls += 1
      const call = { call: this.#calls, method, args }
      this.#waiting.set(this.#calls, { call, settle: resolve })
      worker.postMessage(call)
    })
    this.#last = answered
    return answered
  }

  async settled(): Promise<void> {
    const late = sleep(MAX_END_MS).then(() => 'late')
    for (let seen: unknown = null; seen !== this.#last; ) {
      seen = this.#last
      if ((await Promise.race([seen, late])) === 'late') return
      // What was done may lead to more, such as metrics that have changed since.
      await turn()
    }
  }

  #begin(): Worker | null {
    const { stateDir, pollMs, log, entry = process.argv[1] ?? '' } = this.#options
    try {
      const argv = [DISK_THREAD, stateDir, ...(pollMs === undefined ? [] : [String(pollMs)])]
      const worker = new Worker(entry, { argv })
      worker.on('message', (told: Told) => {
        if (told.kind === 'changed') this.onChange?.()
        else if (told.kind === 'log') log.line(told.level, told.text)
        else this.#settle(told.call, told.answer)
      })
      worker.on('error', (error: Error) => this.#ended(error.message))
      worker.on('exit', () => this.#ended('it ended'))
      return worker
    } catch (error) {
      log.line('error', `there is no thread for the disk: ${String(error)}`)
      return null
    }
  }

  #ended(why: string): void {
    if (this.#worker === null) return
    this.#worker = null
    const what = `the thread for the disk has failed, and the daemon waits for it: ${why}`
    this.#options.log.line('error', what)
    this.here.watch()
    for (const { call } of [...this.#waiting.values()]) this.#settle(call.call, this.#doHere(call))
  }

  #doHere({ method, args }: Pick<Call, 'method' | 'args'>): DiskReply {
    return answerOf(() => this.here[method](...(args as never[])))
  }

  #settle(number: number, answer: DiskReply): void {
    this.#waiting.get(number)?.settle(answer)
    this.#waiting.delete(number)
  }
}
