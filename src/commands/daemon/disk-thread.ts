// What is done on the disk for the daemon: by its thread, or by itself where there is none.
import { parentPort } from 'node:worker_threads'
import { readBounded } from '../../adapters/atomic-file.ts'
import { answerOf, type Call, type DiskMethods, type Told } from '../../adapters/disk/protocol.ts'
import { appendHistory } from '../../adapters/history-files.ts'
import { swapOrder } from '../../adapters/override-file.ts'
import { createSpool } from '../../adapters/spool/store.ts'
import { textfileCollector } from '../../adapters/textfile-collector.ts'
import type { Log } from '../../ports.ts'

interface DiskOptions {
  readonly stateDir: string
  readonly log: Log
  readonly pollMs?: number
}

/** @param changed called when a scan of the spool may find something new, once that is watched */
export function diskMethods(options: DiskOptions, changed: () => void): DiskMethods {
  const spool = createSpool(options)
  return {
    ...spool,
    watch: () => void spool.watch(changed),
    writeTextfile: textfileCollector.write,
    removeTextfile: textfileCollector.remove,
    swapOrder,
    appendHistory,
    readText: (path: string, maxBytes: number) => readBounded(path, maxBytes),
  }
}

/** The thread: does one thing after the other, and says what came of it. Serves until the program ends; returns at once where this is no thread. */
export async function serveDisk([stateDir = '', pollMs]: readonly string[]): Promise<void> {
  const port = parentPort
  if (port === null) return
  const tell = (told: Told) => port.postMessage(told)
  const log = {
    line: (level: 'error' | 'warn' | 'info' | 'debug', text: string) =>
      tell({ kind: 'log', level, text }),
  }
  const poll = pollMs === undefined ? {} : { pollMs: Number(pollMs) }
  const methods = diskMethods({ stateDir, log, ...poll }, () => tell({ kind: 'changed' }))
  port.on('message', ({ call, method, args }: Call) => {
    tell({ kind: 'answer', call, answer: answerOf(() => methods[method](...(args as never[]))) })
  })
  await new Promise(() => {})
}
