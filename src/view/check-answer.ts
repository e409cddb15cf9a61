// What `check` makes of a status: yes or no, and one line that says why.

import type { Override } from '../core/override.ts'
import { stateWord } from '../core/server-state.ts'
import type { InstanceStatus, StatusDocument } from '../documents/status-document.ts'
import {
  plausibleInstances,
  reasonsOf,
  stateOf,
  tallyEndpoints,
  worstServerState,
} from '../documents/status-summary.ts'

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

/** The dead man's switch asks a fresh status: may this server hold any address? */
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
    why: `${instance.name} is ${where} (${stateWord(instance.state, false)})`,
  }
}

function slotOf(instance: InstanceStatus): string | null {
  switch (instance.state) {
    case 'healthy':
      return Number.isInteger(instance.rank) ? String(instance.rank) : null
    case 'probation':
    case 'degraded':
    case 'drained':
      return instance.state
    case 'failed':
    case 'isolated':
      return null
    default:
      // The file is not trusted to keep to the type.
      return null
  }
}

/** "failed: 12 of 12 endpoints timeout (no response in time)" or "serving: 16 of 16 endpoints ok". */
export function summary(document: StatusDocument): string {
  const { ok, failing } = tallyEndpoints(document)
  const endpoints = `${ok} of ${ok + failing} endpoints ok`
  const state = worstServerState(document)
  const drain = document.override?.mode === state ? [drainedText(document.override)] : []
  const why = [...drain, ...reasonsOf(document)]
  return oneLine(`${stateOf(document)}: ${why.length === 0 ? endpoints : why.join('; ')}`)
}

/** By whom, until when and why; the document is not trusted to keep to its type. */
function drainedText({ by, reason, untilWallMs, corrupt }: Override): string {
  if (corrupt !== undefined) return 'override.json cannot be read'
  const date = typeof untilWallMs === 'number' ? new Date(untilWallMs) : null
  const until = date === null || Number.isNaN(date.getTime()) ? '' : ` until ${date.toISOString()}`
  const why = typeof reason === 'string' && reason !== '' ? `: ${reason}` : ''
  return `by ${typeof by === 'string' && by !== '' ? by : 'an operator'}${until}${why}`
}

/** What there is instead of a fresh status. */
export function kindText(kind: 'stale' | 'missing' | 'unreadable'): string {
  return kind === 'missing' ? 'no status' : kind
}

const MAX_LINE_LENGTH = 500

/** Makes one printable line of what may be anything. A Unicode regex here would cost `check` 2 MB. */
export function oneLine(text: string, most = MAX_LINE_LENGTH): string {
  const line = text.length <= most ? text : `${wholeWords(text.slice(0, most - 1))}…`
  return Array.from(line, (character) => (isControl(character) ? ' ' : character)).join('')
}

/** Without the word that was cut, unless hardly anything is left then. */
function wholeWords(text: string): string {
  const end = text.lastIndexOf(' ')
  return end < text.length / 2 ? text : text.slice(0, end)
}

/** C0 and C1 controls, and the two separators at which some programs break a line. */
function isControl(character: string): boolean {
  const code = character.charCodeAt(0)
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x2028 || code === 0x2029
}
