// What happened, from what a daemon recorded: starts and ends, states with their reasons, orders, addresses.

import type { Override } from '../../core/override.ts'
import { heldInstances } from '../../core/probed-addresses.ts'
import {
  isServerState,
  type ServerState,
  type StateWord,
  stateWord,
} from '../../core/server-state.ts'
import type { HistoryLine, RecordedConfig, WeightLine } from '../../documents/history-lines.ts'
import { failingBefore, isOverride, type Life, textsOf } from '../../documents/lives.ts'

/** Something that happened, at a time of the calendar in milliseconds since 1970. */
export type Occurrence = { readonly wallMs: number } & (
  | { readonly kind: 'started'; readonly absentMs: number | null; readonly wasStopped: boolean }
  /** The record goes on in the middle of a daemon's life: what was before is lost. */
  | { readonly kind: 'resumed'; readonly lostLines: number }
  | { readonly kind: 'stopped' }
  /** A daemon's record ends here, and it did not say that it stops. */
  | { readonly kind: 'silent' }
  | StateOccurrence
  | {
      readonly kind: 'weight'
      readonly backend: string
      readonly weight: number
      readonly state: ServerState
      readonly reasons: readonly string[]
    }
  | { readonly kind: 'override'; readonly override: Override | null }
  | { readonly kind: 'order'; readonly cluster: string; readonly servers: readonly string[] | null }
  | { readonly kind: 'config'; readonly changed: readonly string[] }
  | { readonly kind: 'came' | 'went' | 'duplicate'; readonly places: readonly AddressPlace[] }
  | { readonly kind: 'holding'; readonly instances: readonly string[]; readonly holding: boolean }
)

export interface StateOccurrence {
  readonly wallMs: number
  readonly kind: 'state'
  readonly state: StateWord
  readonly reasons: readonly string[]
  /** Until the next one, or until the daemon's end; null while it lasts. */
  readonly lastedMs: number | null
}

export interface AddressPlace {
  readonly address: string
  readonly interface: string
}

interface Local extends AddressPlace {
  readonly loopback: boolean
  readonly state: unknown
}

/** What was known so far; null before anything was. */
interface Known {
  config: RecordedConfig | null
  locals: readonly Local[] | null
  held: ReadonlySet<string>
  override: string | null
  readonly orders: Map<string, string>
}

/**
 * In the order in which it happened. Lines may hold anything that `parseHistory` lets pass; what
 * cannot be understood is left out.
 *
 * @param nowMs milliseconds since 1970; a daemon that has recorded nothing for long counts as gone
 */
export function timelineOf(lives: readonly Life[], nowMs: number): Occurrence[] {
  const known: Known = {
    config: null,
    locals: null,
    held: new Set(),
    override: null,
    orders: new Map(),
  }
  const found: Occurrence[] = []
  let before: Life | null = null
  for (const life of lives) {
    found.push(...beginning(life, before))
    found.push(...configChange(known, life.start.config, life.start.wallMs))
    for (const [index, line] of life.lines.entries()) {
      const wallMs = wallOf(life, line)
      if (line.kind === 'state') found.push(...serverState(life, index, wallMs))
      else found.push(...change(known, line, wallMs))
    }
    found.push(...ending(life, life === lives.at(-1), nowMs))
    before = life
  }
  return withDurations(found)
}

function wallOf({ start }: Life, line: HistoryLine): number {
  return 'nowMs' in line ? start.wallMs + line.nowMs - start.nowMs : start.wallMs
}

function beginning(life: Life, before: Life | null): Occurrence[] {
  const { wallMs, state } = life.start
  if (state !== null) {
    const resumed = { wallMs, kind: 'resumed', lostLines: life.lost } as const
    if (!isServerState(state.state)) return [resumed]
    return [resumed, { wallMs, kind: 'state', state: stateWord(state.state, false), ...UNKNOWN }]
  }
  const wasStopped = before?.lines.at(-1)?.kind === 'stop'
  const absentMs = before === null ? null : wallMs - endOf(before)
  return [{ wallMs, kind: 'started', absentMs, wasStopped }]
}

const UNKNOWN = { reasons: [], lastedMs: null } as const

function endOf({ start, endMs }: Life): number {
  return start.wallMs + endMs - start.nowMs
}

/** A daemon that lives writes a line a minute; in a long backoff it may take longer. */
const SILENT_MS = 300_000

function ending(life: Life, isLast: boolean, nowMs: number): Occurrence[] {
  const wallMs = endOf(life)
  // Where the record goes on after lines that were lost, that says so.
  if (life.lines.at(-1)?.kind === 'stop') return [{ wallMs, kind: 'stopped' }]
  const isAlive = isLast && nowMs - wallMs < SILENT_MS
  return isAlive ? [] : [{ wallMs, kind: 'silent' }]
}

function serverState(life: Life, index: number, wallMs: number): Occurrence[] {
  const line = life.lines[index]
  if (line?.kind !== 'state' || !isServerState(line.state)) return []
  const state = stateWord(line.state, line.starting === true)
  const given = textsOf(line.reasons)
  const found = given.length > 0 ? given : failingBefore(life, index)
  const isTold = !WITHOUT_REASONS.has(state)
  return [{ wallMs, kind: 'state', state, reasons: isTold ? found : [], lastedMs: null }]
}

/** States that say all there is to say. */
const WITHOUT_REASONS: ReadonlySet<StateWord> = new Set(['serving', 'probation', 'starting'])

function change(known: Known, line: HistoryLine, wallMs: number): Occurrence[] {
  switch (line.kind) {
    case 'override':
      return overrideChange(known, line.override, wallMs)
    case 'order': {
      const servers = Array.isArray(line.servers) ? textsOf(line.servers) : null
      const text = JSON.stringify(servers)
      const before = known.orders.get(line.cluster)
      known.orders.set(line.cluster, text)
      if (before === undefined || before === text) return []
      return [{ wallMs, kind: 'order', cluster: line.cluster, servers }]
    }
    case 'weight':
      return weightChange(line, wallMs)
    case 'config':
      return configChange(known, line.config, wallMs)
    case 'addresses':
      return addressChange(known, localsOf(line.addresses), localsOf(line.removed), wallMs)
    default:
      return []
  }
}

function weightChange(line: WeightLine, wallMs: number): Occurrence[] {
  const { kind, backend, weight, state: serverState } = line
  if (!isServerState(serverState)) return []
  return [{ wallMs, kind, backend, weight, state: serverState, reasons: textsOf(line.reasons) }]
}

function overrideChange(known: Known, override: unknown, wallMs: number): Occurrence[] {
  if (override !== null && !isOverride(override)) return []
  const text = JSON.stringify(override)
  const before = known.override
  known.override = text
  if (before === text || (before === null && override === null)) return []
  return [{ wallMs, kind: 'override', override }]
}

/** Parts of the configuration by their names in the record. */
function configChange(known: Known, config: RecordedConfig, wallMs: number): Occurrence[] {
  const before = known.config
  known.config = config
  if (before === null) return []
  const names = [...new Set([...Object.keys(before), ...Object.keys(config)])]
  const changed = names.filter(
    (name) =>
      JSON.stringify(before[name as keyof RecordedConfig]) !==
      JSON.stringify(config[name as keyof RecordedConfig]),
  )
  return changed.length === 0 ? [] : [{ wallMs, kind: 'config', changed }]
}

function addressChange(
  known: Known,
  locals: readonly Local[],
  removed: readonly AddressPlace[],
  wallMs: number,
): Occurrence[] {
  const before = known.locals
  known.locals = locals
  const found: Occurrence[] = []
  const places = (kind: 'came' | 'went' | 'duplicate', list: readonly AddressPlace[]) => {
    if (list.length > 0) found.push({ wallMs, kind, places: list })
  }
  if (before !== null) {
    const now = new Set(locals.map(keyOf))
    const gone = new Set(removed.map(keyOf))
    for (const local of before) if (!now.has(keyOf(local))) gone.add(keyOf(local))
    const stayed = new Set(before.map(keyOf).filter((key) => !gone.has(key)))
    places('went', uniquePlaces([...before, ...removed].filter((place) => gone.has(keyOf(place)))))
    places(
      'came',
      locals.filter((local) => !stayed.has(keyOf(local))),
    )
  }
  const wereBad = new Set(before?.filter(isDuplicate).map(keyOf))
  places(
    'duplicate',
    locals.filter((local) => isDuplicate(local) && !wereBad.has(keyOf(local))),
  )
  return [...found, ...holdingChange(known, locals, wallMs)]
}

function holdingChange(known: Known, locals: readonly Local[], wallMs: number): Occurrence[] {
  const before = known.held
  const now = heldNow(known.config, locals)
  known.held = now
  const gained = [...now].filter((name) => !before.has(name))
  const lost = [...before].filter((name) => !now.has(name))
  return [
    ...(lost.length > 0
      ? [{ wallMs, kind: 'holding', instances: lost, holding: false } as const]
      : []),
    ...(gained.length > 0
      ? [{ wallMs, kind: 'holding', instances: gained, holding: true } as const]
      : []),
  ]
}

/** A damaged configuration holds nothing. */
function heldNow(config: RecordedConfig | null, locals: readonly Local[]): Set<string> {
  try {
    return config === null ? new Set() : heldInstances(config, locals)
  } catch {
    return new Set()
  }
}

const keyOf = ({ address, interface: name }: AddressPlace) => `${address} ${name}`
const isDuplicate = ({ state }: Local) => state === 'dadfailed'

function uniquePlaces(places: readonly AddressPlace[]): AddressPlace[] {
  return [...new Map(places.map((place) => [keyOf(place), place])).values()]
}

function localsOf(list: readonly unknown[]): Local[] {
  return list.flatMap((value) => {
    const { address, interface: name, loopback, state } = (value ?? {}) as Partial<Local>
    if (typeof address !== 'string' || typeof name !== 'string') return []
    return [{ address, interface: name, loopback: loopback === true, state }]
  })
}

/** A state lasts until the next one, or until the daemon ends. */
function withDurations(found: readonly Occurrence[]): Occurrence[] {
  const ends = new Set<Occurrence['kind']>(['state', 'stopped', 'silent', 'resumed', 'started'])
  let endMs: number | null = null
  return found
    .toReversed()
    .map((occurrence) => {
      const next = endMs
      if (ends.has(occurrence.kind)) endMs = occurrence.wallMs
      if (occurrence.kind !== 'state' || next === null) return occurrence
      return { ...occurrence, lastedMs: Math.max(0, next - occurrence.wallMs) }
    })
    .toReversed()
}
