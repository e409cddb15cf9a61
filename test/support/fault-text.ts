// Faults as one writes them in a scenario file: "crash s1 for 20s", there and back.
import type { Fault } from '../../src/simulate/fault.ts'

/** A duration as short as it is exact to the millisecond: "90ms", "1.5s", "2m", "3h". */
export function durationWord(ms: number): string {
  const round = Math.round(ms)
  if (round >= 3_600_000 && round % 3_600_000 === 0) return `${round / 3_600_000}h`
  if (round >= 60_000 && round % 60_000 === 0) return `${round / 60_000}m`
  return round >= 1000 ? `${round / 1000}s` : `${round}ms`
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** @throws with a sentence when it is no duration */
export function parseDurationWord(word: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(word ?? '')
  const unitMs = UNIT_MS[match?.[2] ?? '']
  if (match === null || unitMs === undefined) throw new Error(`${word} is no duration`)
  return Math.round(Number(match[1]) * unitMs * 1000) / 1000
}

function name(server: number): string {
  return `s${server + 1}`
}

function parseServer(word: string | undefined): number {
  const match = /^s(\d+)$/.exec(word ?? '')
  if (match === null) throw new Error(`${word} is no server`)
  return Number(match[1]) - 1
}

function percent(rate: number): string {
  return `${Number((rate * 100).toFixed(2))}%`
}

/** The line for one fault; the fault that it is read as is the same to the millisecond. */
export function faultText(fault: Fault): string {
  const lasting = 'forMs' in fault ? ` for ${durationWord(fault.forMs)}` : ''
  switch (fault.kind) {
    case 'errors': {
      const bursts = fault.burstMs === null ? '' : ` in bursts of ${durationWord(fault.burstMs)}`
      return `errors ${name(fault.server)} ${percent(fault.rate)}${bursts}`
    }
    case 'crash':
    case 'freeze':
    case 'link-loss':
    case 'daemon-death':
    case 'stall':
      return `${fault.kind} ${name(fault.server)}${lasting}`
    case 'reload-storm':
      return `reload-storm ${name(fault.server)} every ${durationWord(fault.everyMs)}${lasting}`
    case 'slow-disk':
      return `slow-disk ${name(fault.server)} by ${durationWord(fault.waitMs)}${lasting}`
    case 'slow':
      return `slow ${name(fault.server)} ${Math.round(fault.times)} times${lasting}`
    case 'lost-socket': {
      const within = fault.withinMs === undefined ? '' : ` within ${durationWord(fault.withinMs)}`
      return `lost-socket ${name(fault.server)}${within}`
    }
    case 'partition':
      return `partition after ${name(fault.split - 1)}${lasting}`
    case 'upstream-outage':
    case 'upstream-silence':
      return `${fault.kind}${lasting}`
    case 'clock-step':
      return `clock-step ${name(fault.server)} by ${Math.round(fault.byMs)}`
    case 'order': {
      const over = fault.overMs === undefined ? '' : ` over ${durationWord(fault.overMs)}`
      return `order ${fault.order.map(name).join(' ')}${over}`
    }
    case 'drain':
      return `${fault.mode === 'drained' ? 'drain' : 'isolate'} ${name(fault.server)}${lasting}`
    default:
      return fault satisfies never
  }
}

/** The value after a keyword, and its absence: "for 20s", "within 1s". */
function after(words: readonly string[], keyword: string): string | undefined {
  const at = words.indexOf(keyword)
  return at < 0 ? undefined : words[at + 1]
}

/**
 * Reads what `faultText` writes.
 *
 * @throws with a sentence that says what is wrong
 */
export function parseFault(words: readonly string[]): Fault {
  const [kind, first, second] = words
  switch (kind) {
    case 'errors': {
      const rate = Number.parseFloat(second ?? '') / 100
      if (!(rate >= 0 && rate <= 1)) throw new Error(`${second} is no share in percent`)
      const burst = after(words, 'of')
      const burstMs = burst === undefined ? null : parseDurationWord(burst)
      return { kind, server: parseServer(first), rate, burstMs }
    }
    case 'crash':
    case 'freeze':
    case 'link-loss':
    case 'daemon-death':
    case 'stall':
      return { kind, server: parseServer(first), forMs: parseDurationWord(after(words, 'for')) }
    case 'reload-storm': {
      const everyMs = parseDurationWord(after(words, 'every'))
      const forMs = parseDurationWord(after(words, 'for'))
      return { kind, server: parseServer(first), everyMs, forMs }
    }
    case 'slow-disk': {
      const waitMs = parseDurationWord(after(words, 'by'))
      const forMs = parseDurationWord(after(words, 'for'))
      return { kind, server: parseServer(first), waitMs, forMs }
    }
    case 'slow': {
      const forMs = parseDurationWord(after(words, 'for'))
      return { kind, server: parseServer(first), times: Number(second), forMs }
    }
    case 'lost-socket': {
      const within = after(words, 'within')
      const server = parseServer(first)
      return within === undefined
        ? { kind, server }
        : { kind, server, withinMs: parseDurationWord(within) }
    }
    case 'partition': {
      const split = parseServer(second) + 1
      return { kind, split, forMs: parseDurationWord(after(words, 'for')) }
    }
    case 'upstream-outage':
    case 'upstream-silence':
      return { kind, forMs: parseDurationWord(after(words, 'for')) }
    case 'clock-step':
      return { kind, server: parseServer(first), byMs: Number(after(words, 'by')) }
    case 'order': {
      const over = after(words, 'over')
      const end = over === undefined ? words.length : words.indexOf('over')
      const order = words.slice(1, end).map(parseServer)
      return over === undefined ? { kind, order } : { kind, order, overMs: parseDurationWord(over) }
    }
    case 'drain':
    case 'isolate': {
      const mode = kind === 'drain' ? 'drained' : 'isolated'
      const forMs = parseDurationWord(after(words, 'for'))
      return { kind: 'drain', server: parseServer(first), mode, forMs }
    }
    default:
      throw new Error(`${kind} is no fault`)
  }
}
