// One failover in milliseconds: the steps that two captures of tcpdump show, and their picture. Pure.
import { element, line, type Markup, rect, svgFile, words } from '../../src/view/simulation/svg.ts'

/** Whose step it is: the server that fails, the network, or the server that takes over. */
type Where = 'failing' | 'network' | 'next'

export interface Step {
  readonly what: string
  readonly where: Where
  /** After named was killed. */
  readonly atMs: number
}

/** docs/pictures/failover.json: what a run was, and what it showed. */
export interface Failover {
  readonly recorded: string
  readonly versions: string
  readonly steps: readonly Step[]
}

export interface Captures {
  readonly killedMs: number
  /** When the file with the lower priority was written. */
  readonly writtenMs: number
  /** `tcpdump -tt -n` on loopback of the server that fails. */
  readonly loopback: readonly string[]
  /** The same where clients are. */
  readonly network: readonly string[]
  readonly failing: string
  readonly next: string
  readonly service: string
}

/** What a closed port answers over UDP, and over TCP. */
const REFUSED = /udp port 53 unreachable|unreachable port, .* udp port 53|\.53 > .*Flags \[R/
const ADVERT = /^IP (\S+) > \S+: VRRPv\d, Advertisement,.*\bprio (\d+)\b/

export function stepsOf(captures: Captures): Step[] {
  const { killedMs, writtenMs, failing, next, service } = captures
  const written = writtenMs - killedMs
  const refused = parse(captures.loopback, killedMs).filter(
    ({ atMs, text }) => atMs >= 0 && atMs <= written && REFUSED.test(text),
  )
  const seen = parse(captures.network, killedMs)
  const adverts = seen.flatMap(({ atMs, text }) => {
    const [, from, priority] = ADVERT.exec(text) ?? []
    return from === undefined ? [] : [{ atMs, from, priority: Number(priority) }]
  })
  const before = adverts.find(({ from }) => from === failing)?.priority
  const lowered = adverts.find(({ from, priority }) => from === failing && priority !== before)
  const elected = adverts.find(({ atMs, from }) => atMs >= 0 && from === next)
  const since = elected?.atMs ?? Number.POSITIVE_INFINITY
  const announced = seen.find(({ atMs, text }) => atMs >= since - 50 && announces(text, service))
  const answered = seen.find(
    ({ atMs, text }) => atMs >= since && text.startsWith(`IP ${service}.53 > `),
  )
  return [
    step('named is killed', 'failing', 0),
    step('the daemon’s next probe fails', 'failing', refused[0]?.atMs),
    step('the last retry fails', 'failing', refused.at(-1)?.atMs),
    step('the daemon writes the lower priority', 'failing', written),
    step(
      `keepalived advertises ${lowered?.priority} instead of ${before}`,
      'network',
      lowered?.atMs,
    ),
    step(`the next server advertises ${elected?.priority}`, 'network', elected?.atMs),
    step('it announces the address by gratuitous ARP', 'network', announced?.atMs),
    step('its first answer reaches a client', 'next', answered?.atMs),
  ].sort((a, b) => a.atMs - b.atMs)
}

function step(what: string, where: Where, atMs: number | undefined): Step {
  if (atMs === undefined) throw new Error(`the captures do not show this: ${what}`)
  return { what, where, atMs: Math.round(atMs * 10) / 10 }
}

/** Client machines ask for the address by ARP as well; only its holder says that it has it. */
function announces(text: string, service: string): boolean {
  if (!text.startsWith('ARP, ')) return false
  return (
    text.includes(`Announcement ${service}`) ||
    text.includes(`Reply ${service} is-at`) ||
    (text.includes(`who-has ${service} `) && text.includes(`tell ${service}`))
  )
}

/** Packets, with their times after the kill. */
function parse(lines: readonly string[], killedMs: number) {
  return lines.flatMap((text) => {
    const [, seconds, rest = ''] = /^(\d+\.\d+) (.*)$/.exec(text) ?? []
    if (seconds === undefined) return []
    return [{ atMs: Number(seconds) * 1000 - killedMs, text: rest }]
  })
}

const WIDTH = 860
const LEFT = 330
const RIGHT = 90
const ROW = 34
const TOP = 84
const COLOURS: Readonly<Record<Where, string>> = {
  failing: '#d55e00',
  network: '#0072b2',
  next: '#009e73',
}
const LEGEND: Readonly<Record<Where, string>> = {
  failing: 'ns1, which holds the address',
  network: 'on the network',
  next: 'ns2, the next server',
}
const TICK_MS = 50

/** A row a step: its bar is the time since the step before. */
export function failoverPicture({ recorded, versions, steps }: Failover): string {
  const endMs = Math.ceil((steps.at(-1)?.atMs ?? 1) / TICK_MS) * TICK_MS
  const at = (ms: number) => LEFT + (ms / endMs) * (WIDTH - LEFT - RIGHT)
  const bottom = TOP + steps.length * ROW
  const rows = steps.map((entry, index) => rowOf(entry, steps[index - 1]?.atMs ?? 0, index, at))
  const ticks = Array.from({ length: endMs / TICK_MS + 1 }, (_, index) => {
    const x = at(index * TICK_MS)
    return element('g', {}, [
      line(x, TOP - 6, x, bottom, 'grid'),
      words(x, bottom + 18, String(index * TICK_MS), 'small', 'middle'),
    ])
  })
  const title = `One failover, in milliseconds after named on the holder was killed: a client is answered again after ${text(steps.at(-1)?.atMs ?? 0)} ms`
  return svgFile({ width: WIDTH, height: bottom + 58, title }, [
    words(24, 30, 'One failover, step by step', 'title', 'start'),
    words(24, 52, `recorded ${recorded}: ${versions}`, 'faint', 'start'),
    ...ticks,
    ...rows,
    words(WIDTH - 24, bottom + 18, 'ms', 'small', 'end'),
    ...legend(bottom + 46),
  ])
}

function rowOf(entry: Step, fromMs: number, index: number, at: (ms: number) => number): Markup {
  const y = TOP + index * ROW
  const fill = COLOURS[entry.where]
  const x = at(entry.atMs)
  return element('g', {}, [
    words(24, y + 19, entry.what, undefined, 'start'),
    rect(at(fromMs), y + 8, Math.max(1, x - at(fromMs)), 14, { fill, 'fill-opacity': '0.35' }),
    element('circle', { cx: x, cy: y + 15, r: 5, fill }),
    words(x + 11, y + 19, text(entry.atMs), 'label', 'start'),
  ])
}

function legend(y: number): Markup[] {
  return Object.entries(LEGEND).map(([where, name], index) => {
    const x = 24 + index * 230
    const fill = COLOURS[where as Where]
    return element('g', {}, [
      element('circle', { cx: x + 5, cy: y - 4, r: 5, fill }),
      words(x + 18, y, name, 'small', 'start'),
    ])
  })
}

/** A time that is read: tenths below ten alone. */
function text(ms: number): string {
  return ms < 10 ? String(ms) : ms.toFixed(0)
}
