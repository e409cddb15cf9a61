// What the daemon and its thread for the disk say to each other.
import type { LogLevel } from '../../ports.ts'

/** The program's first word where it is begun as that thread. */
export const DISK_THREAD = 'disk-thread'

export type DiskMethod =
  | 'add'
  | 'scan'
  | 'remove'
  | 'takeLost'
  | 'watch'
  | 'writeJournal'
  | 'writeTextfile'
  | 'removeTextfile'
  | 'swapOrder'
  | 'appendHistory'
  | 'readText'

/** What is done on the disk, by whoever waits for it. */
export type DiskMethods = { readonly [M in DiskMethod]: (...args: never[]) => unknown } & {
  readJournal(): string
}

export interface Call {
  readonly call: number
  readonly method: DiskMethod
  readonly args: readonly unknown[]
}

export type DiskReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: string }

export type Told =
  | { readonly kind: 'answer'; readonly call: number; readonly answer: DiskReply }
  | { readonly kind: 'changed' }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly text: string }

/** What comes of a call, a bug in it included. */
export function answerOf(run: () => unknown): DiskReply {
  try {
    return { ok: true, value: run() }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) }
  }
}
