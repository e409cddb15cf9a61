// What tells groups of checks from each other: how they are swept, and what follows from it.
import type { CheckRun, Group, State, Sweep } from './state.ts'
import type { StepContext } from './step-context.ts'

export interface Judge<Judged extends Group = Group> {
  /** From the beginning of a sweep to that of the next. */
  periodMs(state: State, group: Judged): number
  mode(state: State): Sweep['mode']
  sweepBegins(context: StepContext, group: Judged): void
  /** Takes what a check came to. */
  takeRun(context: StepContext, run: CheckRun): void
  /** Takes a sweep that has ended. */
  takeSweep(context: StepContext, group: Judged, sweep: Sweep): void
}
