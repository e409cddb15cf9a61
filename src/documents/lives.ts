// Reading a recorded history: lines to lives, and what failed in them, whatever a crash or a full disk made of some.

import { isPass, OUTCOMES } from '../core/outcome.ts'
import type { Override } from '../core/override.ts'
import {
  HISTORY_VERSION,
  type HistoryLine,
  parseHistoryLine,
  type StartLine,
} from './history-lines.ts'
import { outcomeText } from './text.ts'

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
  'state',
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
      return typeof fields.cluster === 'string'
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
  return ['server', 'clusters', 'groups', 'addresses', 'timing', 'flap'].every(
    (part) => typeof parts[part] === 'object' && parts[part] !== null,
  )
}

/** What failed longer ago had its effect before. */
const WITHIN_MS = 5000
const MAX_FAILING = 8

/** The items of which the last that is known is a failure, the newest first, in the words of a reason. */
export function failingBefore({ start, lines }: Life, index: number): string[] {
  const line = lines[index]
  if (line === undefined || !('nowMs' in line)) return []
  const settled = new Set<number>()
  const failing: { readonly item: number; readonly words: string }[] = []
  let at = index - 1
  for (; at >= 0; at--) {
    const earlier = lines[at]
    if (earlier === undefined || !('nowMs' in earlier)) continue
    if (line.nowMs - earlier.nowMs > WITHIN_MS) break
    // Other numbers stand for other items before this line.
    if (earlier.kind === 'items') break
    if (earlier.kind === 'again') settled.add(earlier.item)
    if (earlier.kind !== 'result' || settled.has(earlier.item)) continue
    settled.add(earlier.item)
    if (!isPass(earlier.outcome))
      failing.push({ item: earlier.item, words: outcomeText(earlier.outcome, undefined) })
  }
  const names = namesBefore(lines, index)
  return failing
    .slice(0, MAX_FAILING)
    .map(({ item, words }) => `${nameOf(names[item], start.config)}: ${words}`)
}

function namesBefore(lines: Life['lines'], index: number): readonly unknown[] {
  for (let at = index; at >= 0; at--) {
    const line = lines[at]
    if (line?.kind === 'items') return line.names
  }
  return []
}

/** "local/0@udp/192.0.2.1" is the first probe of the group at the endpoint; its question says more. */
function nameOf(name: unknown, config: Life['start']['config']): string {
  const match = typeof name === 'string' ? /^(.*)\/(\d+)@(.+)$/s.exec(name) : null
  if (match === null) return 'an unknown endpoint'
  const [, group, probe, endpoint] = match
  const groups: readonly { name?: unknown; probes?: readonly unknown[] }[] = Array.isArray(
    config.groups,
  )
    ? config.groups
    : []
  const found = groups.find((candidate) => candidate?.name === group)?.probes?.[Number(probe)] as
    | { question?: { name?: unknown; type?: unknown } }
    | undefined
  const { name: asked, type } = found?.question ?? {}
  return asked === undefined ? `${endpoint}` : `${endpoint} ${asked} ${type}`
}

/** Enough that it can be told in a sentence. */
export function isOverride(value: unknown): value is Override {
  if (typeof value !== 'object' || value === null) return false
  const { mode, by, reason, sinceWallMs, untilWallMs, instances, corrupt } = value as Override
  return (
    (mode === 'drained' || mode === 'isolated') &&
    typeof by === 'string' &&
    typeof reason === 'string' &&
    typeof sinceWallMs === 'number' &&
    (untilWallMs === null || typeof untilWallMs === 'number') &&
    (instances === undefined || Array.isArray(instances)) &&
    (corrupt === undefined || typeof corrupt === 'string')
  )
}

/** The texts of a list; none where it is no list. */
export function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((element) => typeof element === 'string') : []
}
