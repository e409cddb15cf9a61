// Makes a case that breaks a rule smaller: fewer faults and reloads, less meddling, the same rule broken.
import type { HuntCase } from './draw.ts'

/** So many runs at the most: a smaller case is worth some time, but not an hour. */
const MOST_RUNS = 300

export interface Shrunk {
  readonly spec: HuntCase
  readonly runs: number
}

/** @param breaks whether a case breaks the rule in question */
export function shrink(spec: HuntCase, breaks: (spec: HuntCase) => boolean): Shrunk {
  let runs = 0
  const tries = (candidate: HuntCase): boolean => {
    if (runs >= MOST_RUNS) return false
    runs++
    return breaks(candidate)
  }
  // The times of the phases stay, so that what is left happens as it did.
  const faults = fewest(spec.faults, (it) => tries({ ...spec, faults: it }))
  const reloads = fewest(spec.reloads, (it) => tries({ ...spec, faults, reloads: it }))
  const slim = { ...spec, faults, reloads }
  const withDeeds = (deeds: typeof spec.meddling.deeds) => ({
    ...slim,
    meddling: { ...spec.meddling, deeds },
  })
  const deeds = fewest(spec.meddling.deeds, (it) => tries(withDeeds(it)))
  return { spec: withDeeds(deeds), runs }
}

/** Leaves out ever smaller pieces while what is left still breaks the rule. */
function fewest<T>(all: readonly T[], breaks: (left: readonly T[]) => boolean): readonly T[] {
  let left = all
  if (left.length > 0 && breaks([])) return []
  for (let size = Math.ceil(left.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < left.length; ) {
      const without = [...left.slice(0, from), ...left.slice(from + size)]
      if (breaks(without)) left = without
      else from += size
    }
  }
  return left
}
