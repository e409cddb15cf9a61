// Words and tones that several parts of the page have in common.
const MAX_REASONS = 3

export const TONES = {
  healthy: 'good',
  probation: 'doubt',
  degraded: 'doubt',
  drained: 'calm',
  failed: 'bad-text',
  isolated: 'bad-text',
}

/** The first few, a line each: below, every target says what became of it. */
export function reasonText(reasons) {
  // A service of two virtual addresses has one and the same trouble at both.
  const different = [...new Set(reasons)]
  const more = different.length - MAX_REASONS
  const rest = more > 0 ? [`and ${more} more`] : []
  return [...different.slice(0, MAX_REASONS), ...rest].join('\n')
}

export function overrideText({ mode, by, reason, sinceWallMs, untilWallMs, instances, corrupt }) {
  if (corrupt !== undefined) return `drained, because the override file cannot be read: ${corrupt}`
  const where = instances === undefined ? '' : ` in ${instances.join(', ')}`
  const when = (ms) => new Date(ms).toLocaleString()
  const until = untilWallMs === null ? '' : ` until ${when(untilWallMs)}`
  return `${mode}${where} by ${by} since ${when(sinceWallMs)}${until}${reason ? `: ${reason}` : ''}`
}
