// One of a hunt's processes: plays every so-manyth seed, and prints a line of JSON now and then.
import { type FuzzSuite, SUITES, type SuiteName } from './suites.ts'

/** What a worker says: how far it has come, or a seed that broke a rule. */
export type WorkerLine =
  | { readonly kind: 'progress'; readonly seeds: number; readonly serverHours: number }
  | { readonly kind: 'broken'; readonly seed: string }

const SEEDS_A_LINE = 20

/** Plays the seeds `from`, `from + stride`, … below `to`. */
async function work(
  { run }: FuzzSuite,
  [from, stride, to]: readonly [number, number, number],
  say: (line: WorkerLine) => void,
): Promise<void> {
  let seeds = 0
  let serverHours = 0
  const flush = () => {
    say({ kind: 'progress', seeds, serverHours })
    seeds = 0
    serverHours = 0
  }
  for (let number = from; number < to; number += stride) {
    const played = await run(String(number))
    seeds++
    serverHours += played.serverHours
    if (played.isBroken) {
      say({ kind: 'broken', seed: String(number) })
      return
    }
    if (seeds === SEEDS_A_LINE) flush()
  }
  flush()
}

if (import.meta.main) {
  const [from = '0', stride = '1', to = '0', suite = 'servers'] = process.argv.slice(2)
  const range = [Number(from), Number(stride), Number(to)] as const
  await work(SUITES[suite as SuiteName], range, (line) => console.log(JSON.stringify(line)))
}
