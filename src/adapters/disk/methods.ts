// What is done on the disk for the daemon: by its thread, or by itself where there is none.
import type { Log } from '../../ports.ts'
import { exhibitFiles } from '../exhibits.ts'
import { createSpool } from '../spool/store.ts'
import type { DiskMethod } from './protocol.ts'

export interface DiskOptions {
  readonly stateDir: string
  readonly log: Log
  readonly pollMs?: number
}

export type DiskMethods = { readonly [M in DiskMethod]: (...args: never[]) => unknown } & {
  readJournal(): string
}

/** @param changed called when a scan of the spool may find something new, once that is watched */
export function diskMethods(options: DiskOptions, changed: () => void): DiskMethods {
  const spool = createSpool(options)
  return {
    ...spool,
    watch: () => void spool.watch(changed),
    writeExhibit: exhibitFiles.write,
    removeExhibit: exhibitFiles.remove,
  }
}
