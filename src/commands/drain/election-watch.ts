// What keepalived here knows of the election, for a view: asked once, or now and then while it is watched.
import { createElectionDumper } from '../../adapters/keepalived-dump.ts'
import type { RunningInstance } from '../../keepalived/dump.ts'

export interface ElectionWatch {
  /** What it said last; nothing where only root may ask, where it does not run, or does not tell. */
  known(): readonly RunningInstance[]
  ask(): Promise<void>
  /** Goes on asking until it is told to end. */
  goOn(): () => void
}

/** A view is drawn more often than that, and its answers are soon enough. */
const ASK_EVERY_MS = 2000

export function createElectionWatch(dump = createElectionDumper()): ElectionWatch {
  let known: readonly RunningInstance[] = []
  const ask = async () => {
    const dumped = await dump()
    known = dumped.ok ? dumped.value : []
  }
  return {
    known: () => known,
    ask,
    goOn() {
      let timer: ReturnType<typeof setTimeout> | undefined
      let isOver = false
      const again = () => {
        if (isOver) return
        timer = setTimeout(() => void ask().then(again), ASK_EVERY_MS)
      }
      again()
      return () => {
        isOver = true
        clearTimeout(timer)
      }
    },
  }
}
