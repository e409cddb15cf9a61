// A histogram that is cheap to fill: nothing is allocated, and sums are made when it is read.
import type { Histogram } from '../documents/tally-document.ts'

export interface Buckets {
  observe(valueMs: number): void
  read(): Histogram
}

/** @param boundsMs upper bounds, ascending; a value that equals one belongs to it */
export function createBuckets(boundsMs: readonly number[]): Buckets {
  const counts = boundsMs.map(() => 0)
  let count = 0
  let sumMs = 0
  return {
    observe(valueMs) {
      count++
      sumMs += valueMs
      // Nearly all answers are fast, and fall into the first few.
      for (let index = 0; index < counts.length; index++) {
        if (valueMs > (boundsMs[index] as number)) continue
        ;(counts[index] as number)++
        return
      }
    },
    read() {
      let sum = 0
      return { counts: counts.map((own) => (sum += own)), count, sumMs }
    },
  }
}
