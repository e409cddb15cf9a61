// Reading a recorded history: lines to lives, whatever a crash or a full disk made of some of them.
import { OUTCOMES } from '../../dns/outcome.ts'
import {
  HISTORY_VERSION,
  type HistoryLine,
  parseHistoryLine,
  type StartLine,
} from '../../documents/history.ts'

/** What one daemon recorded from its start, or from where the history begins, without a gap. */
export interface Life {
  readonly start: StartLine
  readonly lines: readonly HistoryLine[]
  /** The time of its last line. */
  readonly endMs: number
  /** Lines before it that could not be written: then it is no new life, but goes on after a gap. */
  readonly lost: number
}

export interface HistoryReading {
  readonly lives: readonly Life[]
  /** Lines that are no part of a life: damaged ones, and those whose beginning is lost. */
  readonly skipped: number
  /** A version that this program does not know, if there is one. */
  readonly unknownVersion: number | null
}

const KINDS: ReadonlySet<string> = new Set<HistoryLine['kind']>([
  'start',
  'addresses',
  'order',
  'override',
  'config',
  'stop',
  'items',
  'result',
  'again',
  'beat',
  'standing',
  'weight',
  'lost',
])

/** Far more than an item is ever asked at once. */
const MAX_QUERIES = 100

/** @param text the files of a history, the older one first */
export function parseHistory(text: string): HistoryReading {
  const lives: { start: StartLine; lines: HistoryLine[]; endMs: number; lost: number }[] = []
  let current: (typeof lives)[number] | null = null
  let skipped = 0
  let lost = 0
  let unknownVersion: number | null = null
  for (const raw of text.split('\n')) {
    if (raw === '') continue
    const line = parseLine(raw)
    if (line === null) {
      skipped++
    } else if (line.kind === 'lost') {
      current = null
      lost += Number.isInteger(line.lines) ? line.lines : 1
    } else if (line.kind === 'start') {
      if (line.version !== HISTORY_VERSION) {
        unknownVersion = line.version
        current = null
        continue
      }
      // A file that goes on where another ended repeats what is known already.
      if (current !== null && line.state !== null && line.nowMs >= current.endMs) continue
      current = { start: line, lines: [], endMs: line.nowMs, lost }
      lost = 0
      lives.push(current)
    } else if (current === null) {
      skipped++
    } else {
      current.lines.push(line)
      current.endMs = Math.max(current.endMs, line.nowMs)
    }
  }
  return { lives, skipped, unknownVersion }
}

function parseLine(raw: string): HistoryLine | null {
  const value = parseHistoryLine(raw)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const { kind, nowMs } = value as { kind?: unknown; nowMs?: unknown }
  if (typeof kind !== 'string' || !KINDS.has(kind)) return null
  if (kind !== 'lost' && (typeof nowMs !== 'number' || !hasFields(kind, value))) return null
  return value as HistoryLine
}

/** The least that a line must hold for the replay not to stumble over it. */
function hasFields(kind: string, value: object): boolean {
  const fields = value as Readonly<Record<string, unknown>>
  switch (kind) {
    case 'start':
      return (
        typeof fields.version === 'number' &&
        typeof fields.wallMs === 'number' &&
        typeof fields.state === 'object' &&
        isConfig(fields.config)
      )
    case 'config':
      return isConfig(fields.config)
    case 'addresses':
      return Array.isArray(fields.addresses) && Array.isArray(fields.removed)
    case 'order':
      return typeof fields.pool === 'string'
    case 'items':
      return Array.isArray(fields.names)
    case 'result':
      return (
        typeof fields.item === 'number' &&
        typeof fields.askedMs === 'number' &&
        isIn(fields.nth, MAX_QUERIES) &&
        typeof fields.outcome === 'string' &&
        Object.hasOwn(OUTCOMES, fields.outcome) &&
        typeof fields.latencyMs === 'number' &&
        fields.latencyMs >= 0
      )
    case 'weight':
      return isBackendName(fields.backend) && typeof fields.weight === 'number'
    case 'again':
      return typeof fields.item === 'number' && typeof fields.askedMs === 'number'
    default:
      return true
  }
}

/** It is shown as it is, so it must be what a config could hold. */
function isBackendName(value: unknown): boolean {
  return typeof value === 'string' && /^[\w.-]{1,200}$/.test(value)
}

function isIn(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most
}

function isConfig(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const parts = value as Readonly<Record<string, unknown>>
  return ['server', 'pools', 'groups', 'addresses', 'timing', 'flap'].every(
    (part) => typeof parts[part] === 'object' && parts[part] !== null,
  )
}
