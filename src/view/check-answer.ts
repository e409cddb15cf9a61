// What `check` makes of a status: yes or no, and one line that says why.

import { isPass } from '../core/outcome.ts'
import type { Override } from '../core/override.ts'
import { mayServe, type Standing } from '../core/standing.ts'
import type { InstanceStatus, StatusDocument, TargetStatus } from '../documents/status-document.ts'

/** Another way to ask: is this server's slot for `instance` `slot`? */
export interface SlotQuestion {
  readonly instance: string
  /** A rank in decimal digits, "probation", "degraded" or "drained". */
  readonly slot: string
}

export interface CheckAnswer {
  readonly passes: boolean
  readonly why: string
}

const NAMED_SLOTS: readonly string[] = ['probation', 'degraded', 'drained']

/** Whether a word can be a slot at all. */
export function isSlot(word: string): boolean {
  return NAMED_SLOTS.includes(word) || /^[1-9][0-9]{0,5}$/.test(word)
}

/** The dead-man's question to a fresh status: may this server hold any address? */
export function mayServeAnswer(document: StatusDocument): CheckAnswer {
  return { passes: document.may_serve, why: summary(document) }
}

/**
 * The question of script mode to a fresh status.
 *
 * A healthy server is in the slot of its rank, one on probation, degraded or drained in the slot of
 * that name, and one that may not serve is in none: keepalived's scripts add up to its priority.
 */
export function slotAnswer(document: StatusDocument, question: SlotQuestion): CheckAnswer {
  const instances = plausibleInstances(document)
  const instance = instances.find(({ name }) => name === question.instance)
  if (instance === undefined) {
    const known = instances.map(({ name }) => name).join(', ') || 'none'
    return { passes: false, why: `unknown instance ${question.instance}; known: ${known}` }
  }
  const slot = document.may_serve ? slotOf(instance) : null
  const where = slot === null ? 'in no slot' : `in slot ${slot}`
  return {
    passes: slot === question.slot,
    why: `${instance.name} is ${where} (${instance.standing})`,
  }
}

function slotOf(instance: InstanceStatus): string | null {
  switch (instance.standing) {
    case 'healthy':
      return Number.isInteger(instance.rank) ? String(instance.rank) : null
    case 'probation':
    case 'degraded':
    case 'drained':
      return instance.standing
    case 'failed':
    case 'isolated':
      return null
    default:
      // The file is not trusted to keep to the type.
      return null
  }
}

const WORST_FIRST: readonly Standing[] = [
  'isolated',
  'failed',
  'drained',
  'degraded',
  'probation',
  'healthy',
]

/** The worst that this server is worth in any instance. */
export function worstStanding(document: StatusDocument): Standing {
  const standings = new Set<unknown>(plausibleInstances(document).map(({ standing }) => standing))
  standings.add(document.verdict)
  if (document.override?.mode === 'isolated') standings.add('isolated')
  if (document.override?.mode === 'drained') standings.add('drained')
  const worst = WORST_FIRST.find((standing) => standings.has(standing)) ?? 'failed'
  return !document.may_serve && mayServe(worst) ? 'failed' : worst
}

export interface TargetTally {
  readonly ok: number
  readonly failing: number
  /** The longest of the last latencies, or null before the first answer. */
  readonly worstLatencyMs: number | null
}

/** Counts targets by their last outcome; one not asked yet is neither ok nor failing. */
export function tallyTargets(document: StatusDocument): TargetTally {
  const targets = document.targets.filter(isObject) as readonly Partial<TargetStatus>[]
  const asked = targets.filter((target) => typeof target.outcome === 'string')
  const ok = asked.filter((target) => target.outcome && isPass(target.outcome)).length
  const latencies = targets.map((target) => target.latency_ms).filter(Number.isFinite)
  return {
    ok,
    failing: asked.length - ok,
    worstLatencyMs: latencies.length === 0 ? null : Math.max(...(latencies as number[])),
  }
}

/** "failed: udp/192.0.2.1 timeout" or "healthy: 16 of 16 targets ok". */
export function summary(document: StatusDocument): string {
  const standing = worstStanding(document)
  const reasons = document.reasons.filter((reason) => typeof reason === 'string')
  const tally = tallyTargets(document)
  const targets = `${tally.ok} of ${tally.ok + tally.failing} targets ok`
  const override = document.override?.mode === standing ? [orderText(document.override)] : []
  const why = [...override, ...reasons]
  return oneLine(`${standing}: ${why.length === 0 ? targets : why.join('; ')}`)
}

/** Who ordered it, until when and why; the document is not trusted to keep to its type. */
function orderText({ by, reason, untilWallMs, corrupt }: Override): string {
  if (corrupt !== undefined) return 'because the override file cannot be read'
  const date = typeof untilWallMs === 'number' ? new Date(untilWallMs) : null
  const until = date === null || Number.isNaN(date.getTime()) ? '' : ` until ${date.toISOString()}`
  const why = typeof reason === 'string' && reason !== '' ? `: ${reason}` : ''
  return `by ${typeof by === 'string' && by !== '' ? by : 'an operator'}${until}${why}`
}

const MAX_LINE_LENGTH = 500

/** Makes one printable line of what may be anything. A Unicode regex here would cost `check` 2 MB. */
export function oneLine(text: string): string {
  const line = text.length <= MAX_LINE_LENGTH ? text : `${text.slice(0, MAX_LINE_LENGTH - 1)}…`
  return Array.from(line, (character) => (isControl(character) ? ' ' : character)).join('')
}

/** C0 and C1 controls, and the two separators at which some programs break a line. */
function isControl(character: string): boolean {
  const code = character.charCodeAt(0)
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x2028 || code === 0x2029
}

function plausibleInstances(document: StatusDocument): readonly InstanceStatus[] {
  return document.instances.filter(
    (instance) => isObject(instance) && typeof instance.name === 'string',
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
