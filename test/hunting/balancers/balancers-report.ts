// One case around balancers in words: what it is made of, what went wrong, and what happened before.

import { durationWord } from '../../support/fault-text.ts'
import type { BalancersViolation } from './balancers-watch.ts'
import type { BalancersEvent } from './balancers-world.ts'
import type { BalancersCase } from './draw-balancers.ts'
import type { BalancersFault } from './fault.ts'
import { playBalancers } from './play-balancers.ts'

/** What happened so long before the first violation is told. */
const TOLD_BEFORE_MS = 60_000

export function describeBalancers(spec: BalancersCase): string {
  const { balancers, servers, vrrp, toml, faults } = spec
  return [
    `${balancers} balancers, ${servers} real servers, VRRPv${vrrp.version} every ${durationWord(vrrp.advertMs)}`,
    ...toml.map((line) => `  ${line}`),
    `faults (${faults.length}), settled by ${seconds(spec.settledMs).trim()} s`,
    ...faults.map(({ atMs, fault }) => `  ${seconds(atMs)} ${balancersFaultText(fault)}`),
  ].join('\n')
}

/** Plays the case and tells what led to its violations. */
export async function explainBalancers(
  spec: BalancersCase,
  violations: readonly BalancersViolation[],
): Promise<string> {
  const untilMs = violations[0]?.atMs ?? 0
  const lines: string[] = []
  await playBalancers(spec, (event) => {
    if (event.atMs < untilMs - TOLD_BEFORE_MS || event.atMs > untilMs) return
    const text = eventText(event)
    if (text !== null) lines.push(`  ${seconds(event.atMs)} ${text}`)
  })
  const ends = violations.map(
    (violation) => `  ${seconds(violation.atMs)} ${violation.rule}: ${violation.sentence}`,
  )
  return ['what happened before', ...lines, 'broken', ...ends].join('\n')
}

function eventText(event: BalancersEvent): string | null {
  switch (event.kind) {
    case 'fault':
      return `${event.ends ? 'end of ' : ''}${balancersFaultText(event.fault)}`
    case 'holder':
      return `the addresses ${event.holds ? 'come to' : 'leave'} lb${event.balancer + 1}`
    case 'weight': {
      const what = event.weight === null ? 'has no file' : `gets ${event.weight}`
      return `${event.backend} ${what} on lb${event.balancer + 1}`
    }
    case 'table':
    case 'answer':
      return null
    default:
      return event satisfies never
  }
}

function balancersFaultText(fault: BalancersFault): string {
  const where = [
    ...('balancer' in fault ? [`lb${fault.balancer + 1}`] : []),
    ...('server' in fault ? [fault.server === 'all' ? 'all' : `ns${fault.server + 1}`] : []),
    ...('transport' in fault ? [fault.transport] : []),
    ...('leaves' in fault ? [`leaves ${fault.leaves}`] : []),
    ...('rate' in fault ? [`${Math.round(fault.rate * 100)}%`] : []),
    ...('burstMs' in fault && fault.burstMs !== null
      ? [`in bursts of ${durationWord(fault.burstMs)}`]
      : []),
    ...('times' in fault ? [`${Math.round(fault.times)} times`] : []),
    ...('forMs' in fault ? [`for ${durationWord(fault.forMs)}`] : []),
  ]
  return [fault.kind, ...where].join(' ')
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3).padStart(9)
}
