// Draws the faults of one case of a hunt from its seed, and says what they leave behind.
import {
  drawFaults,
  type FaultRate,
  type Scenario,
  type TimedFault,
} from '../../../src/simulate/fault.ts'
import type { Random } from '../../../src/simulate/random.ts'

/** A kind that there is no more keeps its place as null: a seed goes on to draw the same world. */
const RANDOM_KINDS: readonly (FaultRate['kind'] | null)[] = [
  'crash',
  'freeze',
  'slow',
  'lost-socket',
  'link-loss',
  'partition',
  'daemon-death',
  'upstream-outage',
  'upstream-silence',
  'reload-storm',
  'stall',
  'slow-disk',
  null,
  'order',
  'drain',
]

/** A scenario in which even the kinds of faults that can occur are drawn. */
export function drawScenario(seed: string, servers: number, random: Random): Scenario {
  const steady: Scenario['steady'][number][] = []
  for (let server = 0; server < servers; server++) {
    if (!random.chance(0.4)) continue
    const burstMs = random.chance(0.5) ? random.between(200, 20_000) : null
    steady.push({ servers: [server], rate: random.between(0, 0.9) ** 2, burstMs })
  }
  const kinds = RANDOM_KINDS.filter(() => random.chance(0.4))
  const rates = kinds.map((kind): FaultRate => {
    const minMs = random.between(50, 5000)
    const often = { perHour: random.between(1, 120), minMs, maxMs: minMs * random.between(1, 20) }
    return kind === null ? { ...often, kind: 'crash', perHour: 0 } : { ...often, kind }
  })
  return {
    name: `drawn ${seed}`,
    summary: 'drawn at random',
    steady,
    timed: [],
    random: rates,
    quietFrom: 0.6,
  }
}

/** Faults while they last; then nothing is wrong any more but what has been broken by then. */
export function drawAllFaults(
  seed: string,
  servers: number,
  faultsMs: number,
  random: Random,
): TimedFault[] {
  const scenario = drawScenario(seed, servers, random.fork('scenario'))
  const faults = drawFaults({ ...scenario, quietFrom: 1 }, servers, faultsMs, random)
  for (let server = 0; server < servers; server++) {
    const fault = { kind: 'errors', server, rate: 0, burstMs: null } as const
    faults.push({ atMs: faultsMs, fault })
  }
  return faults
}

/** When the last of the faults has ended. */
export function lastFaultMs(faults: readonly TimedFault[]): number {
  return Math.max(0, ...faults.map(({ atMs, fault }) => atMs + durationMs(fault)))
}

function durationMs(fault: TimedFault['fault']): number {
  if (fault.kind === 'slow-disk') return fault.forMs + fault.waitMs
  if ('forMs' in fault) return fault.forMs
  if (fault.kind === 'lost-socket') return fault.withinMs ?? 0
  return fault.kind === 'order' ? (fault.overMs ?? 0) : 0
}

/** The order that is in force when the last edit has been made. */
export function lastOrder(faults: readonly TimedFault[], servers: number): readonly number[] {
  const last = faults.findLast(({ fault }) => fault.kind === 'order')?.fault
  return last?.kind === 'order' ? last.order : Array.from({ length: servers }, (_, index) => index)
}
