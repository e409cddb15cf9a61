// What is done on the disk for the daemon: by its thread, or by itself where there is none.

import { readBounded } from '../../adapters/atomic-file.ts'
import type { DiskMethods } from '../../adapters/disk/protocol.ts'
import { appendHistory } from '../../adapters/history-files.ts'
import { swapOrder } from '../../adapters/override-file.ts'
import { createSpool } from '../../adapters/spool/store.ts'
import { textfileCollector } from '../../adapters/textfile-collector.ts'
import type { Log } from '../../ports.ts'

export interface DiskOptions {
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
