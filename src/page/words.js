// Words and tones that several parts of the page have in common.
import { toSecond } from './dom.js'

const MAX_REASONS = 3

export const TONES = {
  serving: 'good',
  starting: 'doubt',
  probation: 'doubt',
  degraded: 'doubt',
  drained: 'calm',
  failed: 'bad-text',
  isolated: 'bad-text',
}

/** In the word that people are told. */
export function stateWord(state) {
  return state === 'healthy' ? 'serving' : state
}

/** The first few, a line each: below, every endpoint says what became of it. */
export function reasonText(reasons) {
  // A service of two virtual addresses has one and the same trouble at both.
  const different = [...new Set(reasons)]
  const more = different.length - MAX_REASONS
  const rest = more > 0 ? [`and ${more} more`] : []
  return [...different.slice(0, MAX_REASONS), ...rest].join('\n')
}

export function overrideText({ mode, by, reason, sinceWallMs, untilWallMs, instances, corrupt }) {
  if (corrupt !== undefined) return `drained, because override.json cannot be read: ${corrupt}`
  const where = instances === undefined ? '' : ` in ${instances.join(', ')}`
  const until = untilWallMs === null ? '' : ` until ${isoTime(untilWallMs)}`
  return `${mode}${where} by ${by} since ${isoTime(sinceWallMs)}${until}${reason ? `: ${reason}` : ''}`
}

/** The same time for everybody: UTC, as in the log. */
function isoTime(ms) {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? 'an unknown time' : toSecond(date.toISOString())
}
