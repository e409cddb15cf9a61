// The last five minutes of an endpoint in sixty marks: a ring that time turns.
import { STRIP_STEP_MS, STRIP_STEPS, type StripMark } from '../documents/tally-document.ts'

/** From the best to the worst; a step keeps the worst. */
const MARKS: readonly StripMark[] = [' ', '.', '~', 'v', 'x']

export interface Strip {
  mark(nowMs: number, mark: StripMark): void
  /** The newest step last. */
  read(nowMs: number): string
  /** Nothing has been marked within the time that a strip shows. */
  isBlank(nowMs: number): boolean
}

export function createStrip(): Strip {
  const ring = new Uint8Array(STRIP_STEPS)
  let newest = Number.NEGATIVE_INFINITY

  /** Time on the daemon's clock never goes back, but what is marked may be told late. */
  function turnTo(nowMs: number): number {
    const step = Math.floor(nowMs / STRIP_STEP_MS)
    if (step <= newest) return newest
    if (step - newest >= STRIP_STEPS) ring.fill(0)
    else for (let next = newest + 1; next <= step; next++) ring[next % STRIP_STEPS] = 0
    newest = step
    return step
  }

  return {
    mark(nowMs, mark) {
      const at = turnTo(nowMs) % STRIP_STEPS
      const rank = MARKS.indexOf(mark)
      if (rank > (ring[at] as number)) ring[at] = rank
    },
    read(nowMs) {
      const last = turnTo(nowMs)
      let text = ''
      for (let step = last - STRIP_STEPS + 1; step <= last; step++)
        text += MARKS[ring[(step + STRIP_STEPS) % STRIP_STEPS] as number]
      return text
    },
    isBlank(nowMs) {
      turnTo(nowMs)
      return ring.every((rank) => rank === 0)
    },
  }
}
