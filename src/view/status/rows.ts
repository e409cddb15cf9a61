// The endpoints of a status as rows of a grid: an address each, by interface, with what its transports came to.
import { isPass } from '../../core/outcome.ts'
import type { EndpointStatus, StatusDocument } from '../../documents/status-document.ts'
import { STRIP_STEPS, type StripMark, type Strips } from '../../documents/tally-document.ts'
import type { Tone } from '../screen.ts'
import { number, words } from './status-canvas.ts'

export interface Row {
  readonly label: string
  /** A service address, be it here or not. */
  readonly isService: boolean
  /** A service address that is held here. */
  readonly isHeld: boolean
  /** Something about it is not as it should be, now or a moment ago. */
  readonly isTroubled: boolean
  /** By the grid's transports; null where there is no such endpoint. */
  readonly spots: readonly (Spot | null)[]
}

export interface Spot {
  readonly text: string
  readonly tone: Tone
  /** null where nothing answered. */
  readonly latencyMs: number | null
  /** The newest mark last; empty where none are known. */
  readonly strip: string
}

export interface RowGroup {
  readonly interface: string
  readonly rows: readonly Row[]
}

export interface Grid {
  readonly transports: readonly string[]
  readonly groups: readonly RowGroup[]
}

/** Service addresses come first, then those in trouble, and so do their interfaces. */
export function gridOf(document: StatusDocument, strips: Strips): Grid {
  const held = new Set(
    document.instances.flatMap((instance) => (instance.holding ? instance.addresses : [])),
  )
  const services = new Set(document.instances.flatMap(({ addresses }) => addresses))
  const transports: string[] = []
  const byInterface = new Map<string, Map<string, EndpointStatus[]>>()
  for (const endpoint of document.endpoints) {
    const [transport, address] = parts(endpoint)
    if (!transports.includes(transport)) transports.push(transport)
    const addresses = byInterface.get(words(endpoint.interface)) ?? new Map()
    byInterface.set(endpoint.interface, addresses)
    addresses.set(address, [...(addresses.get(address) ?? []), endpoint])
  }
  const groups = [...byInterface].map(([name, addresses]): RowGroup => {
    const rows = [...addresses].map(([address, endpoints]) =>
      rowOf(address, endpoints, { transports, held, services, strips }),
    )
    return { interface: name, rows: rows.sort((a, b) => urgency(b) - urgency(a)) }
  })
  const first = (group: RowGroup) => Math.max(0, ...group.rows.map(urgency))
  return { transports, groups: groups.sort((a, b) => first(b) - first(a)) }
}

function parts({ endpoint }: EndpointStatus): readonly [transport: string, address: string] {
  const slash = words(endpoint).indexOf('/')
  return slash < 0 ? ['', endpoint] : [endpoint.slice(0, slash), endpoint.slice(slash + 1)]
}

function urgency(row: Row): number {
  return row.isService ? 2 : row.isTroubled ? 1 : 0
}

function rowOf(
  address: string,
  endpoints: readonly EndpointStatus[],
  known: {
    readonly transports: readonly string[]
    readonly held: ReadonlySet<string>
    readonly services: ReadonlySet<string>
    readonly strips: Strips
  },
): Row {
  const { transports, held, services, strips } = known
  const spots = transports.map((transport) => {
    const endpoint = endpoints.find((candidate) => parts(candidate)[0] === transport)
    return endpoint === undefined ? null : spotOf(endpoint, strips.get(endpoint.endpoint) ?? '')
  })
  const isTroubled = spots.some(
    (spot) => spot !== null && (spot.tone === 'bad' || spot.tone === 'doubtful'),
  )
  const isService = services.has(address)
  return { label: address, isService, isHeld: held.has(address), isTroubled, spots }
}

function spotOf({ outcome, latency_ms, ignored }: EndpointStatus, known: string): Spot {
  const latencyMs = latency_ms === null ? null : number(latency_ms)
  if (outcome !== null) words(outcome)
  const strip = withFailure(known, outcome, ignored)
  if (outcome === null) return { text: 'not probed', tone: 'faint', latencyMs, strip }
  const lasted = latencyMs === null ? '' : ` ${latencyText(latencyMs)}`
  if (outcome === 'ok') return { text: `ok${lasted}`, tone: 'good', latencyMs, strip }
  // An address that has gone is no failure.
  const tone = isPass(outcome) ? 'faint' : ignored ? 'doubtful' : 'bad'
  return { text: ignored ? `${outcome} (young)` : outcome, tone, latencyMs: null, strip }
}

/** The tally is some seconds older than the status: what has failed since is marked by that. */
function withFailure(strip: string, outcome: EndpointStatus['outcome'], ignored: boolean): string {
  const isFailed = outcome !== null && !isPass(outcome) && !ignored
  return strip === '' || !isFailed ? strip : `${strip.slice(0, -1)}x`
}

/** Three digits, as wide for a slow answer as for a quick one. */
function latencyText(ms: number): string {
  const digits = ms < 10 ? 2 : ms < 100 ? 1 : 0
  return `${ms.toFixed(digits).padStart(4)} ms`
}

/** What stands for many rows: for each transport the slowest answer and the worst marks. */
export function summedUp(rows: readonly Row[]): Row {
  const first = rows[0]?.spots ?? []
  const spots = first.map((_, at): Spot | null => {
    const all = rows.map((row) => row.spots[at] ?? null).filter((spot) => spot !== null)
    if (all.length === 0) return null
    const latencyMs = all.reduce((most, spot) => Math.max(most, spot.latencyMs ?? 0), 0)
    const strip = all.map((spot) => spot.strip).reduce(worstOf, '')
    return { text: `ok ${latencyText(latencyMs)}`, tone: 'good', latencyMs, strip }
  })
  return {
    label: `${rows.length} others`,
    isService: false,
    isHeld: false,
    isTroubled: false,
    spots,
  }
}

/** From the best to the worst. */
const SEVERITY: readonly StripMark[] = [' ', '.', '~', 'v', 'x']

function worse(a: StripMark, b: StripMark): StripMark {
  return SEVERITY.indexOf(b) > SEVERITY.indexOf(a) ? b : a
}

function worstOf(a: string, b: string): string {
  if (a === '' || b === '') return a || b
  return Array.from({ length: Math.max(a.length, b.length) }, (_, at) =>
    worse(markAt(a, at), markAt(b, at)),
  ).join('')
}

/** What is no mark of ours counts as not asked. */
function markAt(strip: string, at: number): StripMark {
  const mark = strip[at] as StripMark
  return SEVERITY.includes(mark) ? mark : ' '
}

/** A strip in at most so many marks, each the worst of as many steps as that takes. */
export function condensed(strip: string, width: number): StripMark[] {
  const each = stepsPerMark(width)
  const marks: StripMark[] = []
  for (let end = strip.length; end > 0; end -= each) {
    let mark: StripMark = ' '
    for (let at = Math.max(0, end - each); at < end; at++) mark = worse(mark, markAt(strip, at))
    marks.unshift(mark)
  }
  return marks
}

/** How many steps of five seconds a mark stands for where there is room for so many marks. */
export function stepsPerMark(width: number): number {
  return Math.ceil(STRIP_STEPS / Math.min(STRIP_STEPS, Math.max(1, width)))
}
