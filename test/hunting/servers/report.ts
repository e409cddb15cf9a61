// One case in words: what it is made of, what went wrong, and what happened around that time.

import type { WorldEvent } from '../../../src/simulate/world.ts'
import { durationWord, faultText } from '../../support/fault-text.ts'
import type { HuntCase } from './draw.ts'
import type { Violation } from './invariants.ts'
import { play } from './play.ts'

/** What happened so long before the first violation is told. */
const TOLD_BEFORE_MS = 60_000

export function describeCase(spec: HuntCase): string {
  const { servers, instances, vrrp, toml, faults, disturbance } = spec
  const actions = disturbance.actions.map((action) => {
    const what = 'fault' in action ? faultText(action.fault) : `config of s${action.server + 1}`
    return `  ${seconds(action.afterMs)} ${what}`
  })
  const drained = disturbance.drained === null ? '' : `, s${disturbance.drained + 1} drained`
  return [
    `${servers} servers, ${instances} instances, VRRPv${vrrp.version} every ${durationWord(vrrp.advertMs)}`,
    ...toml.map((line) => `  ${line}`),
    `faults (${faults.length}), settled by ${seconds(spec.settledMs).trim()} s`,
    ...faults.map(({ atMs, fault }) => `  ${seconds(atMs)} ${faultText(fault)}`),
    `reloads (${spec.reloads.length})`,
    ...spec.reloads.map(({ atMs, server }) => `  ${seconds(atMs)} s${server + 1}`),
    `disturbance (${disturbance.actions.length})${drained}`,
    ...actions,
  ].join('\n')
}

/** Plays the case and tells what led to its violations. */
export function explainCase(spec: HuntCase, violations: readonly Violation[]): string {
  const untilMs = violations[0]?.atMs ?? 0
  const lines: string[] = []
  play(spec, {
    onEvent(event) {
      if (event.atMs < untilMs - TOLD_BEFORE_MS || event.atMs > untilMs) return
      const line = `  ${seconds(event.atMs)} ${eventText(event)}`
      if (lines.at(-1) !== line) lines.push(line)
    },
  })
  const ends = violations.map(
    (violation) => `  ${seconds(violation.atMs)} ${violation.rule}: ${violation.sentence}`,
  )
  return [`what happened before`, ...lines, 'broken', ...ends].join('\n')
}

function eventText(event: WorldEvent): string {
  switch (event.kind) {
    case 'fault':
      return `${event.ends ? 'end of ' : ''}${faultText(event.fault)}`
    case 'holder':
      return `${event.instance} ${event.holds ? 'comes to' : 'leaves'} ${event.server}`
    case 'priority':
      return `${event.server} has ${event.priority} for ${event.instance}`
    default:
      return event satisfies never
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3).padStart(9)
}
