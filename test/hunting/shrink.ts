// Makes a case that breaks a rule smaller: fewer faults and reloads, less disturbance, the same rule broken.
import type { HuntCase } from './servers/draw.ts'

/** So many runs at the most: a smaller case is worth some time, but not an hour. */
const MAX_RUNS = 300

export interface Shrunk<Spec> {
  readonly spec: Spec
  readonly runs: number
}

/** @param breaks whether a case breaks the rule in question */
export async function shrink(
  spec: HuntCase,
  breaks: (spec: HuntCase) => Promise<boolean>,
): Promise<Shrunk<HuntCase>> {
  // The times of the phases stay, so that what is left happens as it did.
  const faults = await fewest(spec.faults, (fault) => breaks({ ...spec, faults: fault }))
  const fewer = { ...spec, faults: faults.left }
  const reloads = await fewest(
    spec.reloads,
    (reload) => breaks({ ...fewer, reloads: reload }),
    faults.runs,
  )
  const slim = { ...fewer, reloads: reloads.left }
  const withActions = (actions: typeof spec.disturbance.actions) => ({
    ...slim,
    disturbance: { ...spec.disturbance, actions },
  })
  const actions = await fewest(
    spec.disturbance.actions,
    (action) => breaks(withActions(action)),
    reloads.runs,
  )
  return { spec: withActions(actions.left), runs: actions.runs }
}

/**
 * Leaves out ever smaller pieces while what is left still breaks the rule.
 *
 * @param runsBefore those that have been made already; they count
 */
export async function fewest<T>(
  all: readonly T[],
  breaks: (left: readonly T[]) => Promise<boolean>,
  runsBefore = 0,
): Promise<{ readonly left: readonly T[]; readonly runs: number }> {
  let runs = runsBefore
  const tries = async (candidate: readonly T[]): Promise<boolean> => {
    if (runs >= MAX_RUNS) return false
    runs++
    return breaks(candidate)
  }
  let left = all
  if (left.length > 0 && (await tries([]))) return { left: [], runs }
  for (let size = Math.ceil(left.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < left.length; ) {
      const without = [...left.slice(0, from), ...left.slice(from + size)]
      if (await tries(without)) left = without
      else from += size
    }
  }
  return { left, runs }
}
