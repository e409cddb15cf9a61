// Holds what a program has raised until it ends as it was told to: the other side of ending.ts.
import { readlinkSync } from 'node:fs'
import type { Traces } from './ending.ts'

export interface Held {
  /** A process in each part of it. */
  readonly pids: readonly number[]
  readonly folders?: readonly string[]
  destroy(): Promise<void>
}

/** Tells which namespaces the processes are in; then ends, fails, or waits to be killed. */
export async function holdAndEnd({ pids, folders = [], destroy }: Held): Promise<void> {
  const namespaces = pids.flatMap((pid) =>
    ['pid', 'net', 'mnt'].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`)),
  )
  const traces: Traces = { namespaces, folders }
  process.stdout.write(`${JSON.stringify(traces)}\n`)
  const [, , ending] = process.argv
  if (ending === 'destroy') await destroy()
  else if (ending === 'fail') throw new Error('as a failing test would')
  else await Bun.sleep(600_000)
}
