// The parts of the benchmark, in the order in which they run.
import type { Part } from './figure.ts'
import { measureCheck } from './parts/check.ts'
import { measureCycles } from './parts/cycles.ts'
import { measureDaemon } from './parts/daemon.ts'
import { measureGrowth } from './parts/growth.ts'
import { measureLab } from './parts/lab.ts'
import { measureRound } from './parts/round.ts'
import { measureSimulation } from './parts/simulate.ts'

export interface NamedPart {
  readonly name: string
  readonly run: Part
  /** It runs in namespaces of its own; the lab makes its own. */
  readonly isolated: boolean
}

export const PARTS: readonly NamedPart[] = [
  { name: 'check', run: measureCheck, isolated: true },
  { name: 'round', run: measureRound, isolated: true },
  { name: 'daemon', run: measureDaemon, isolated: true },
  { name: 'growth', run: measureGrowth, isolated: true },
  { name: 'cycles', run: measureCycles, isolated: true },
  { name: 'simulate', run: measureSimulation, isolated: true },
  { name: 'lab', run: measureLab, isolated: false },
]

export function partNamed(name: string): NamedPart | undefined {
  return PARTS.find((part) => part.name === name)
}
