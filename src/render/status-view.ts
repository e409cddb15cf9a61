// The status as a person reads it: verdict first, then why, then the tables.
import type { Override } from '../core/override.ts'
import { isPass } from '../dns/outcome.ts'
import type { FlapStatus, InstanceStatus, StatusDocument, TargetStatus } from './status-document.ts'
import { type Style, visible } from './style.ts'
import { type Column, table, wrapped } from './table.ts'
import { durationText, overrideText, priorityText } from './text.ts'

export interface StatusViewOptions {
  readonly style: Style
  /**
   * How long ago the document was written, in milliseconds. All ages and waits in the view are
   * reckoned from the document's own times and this, so that a clock step does not matter.
   */
  readonly sinceWrittenMs: number
  /** Why the document is stale, or null while it is fresh. */
  readonly stale: string | null
  /** The width to wrap sentences at. */
  readonly columns: number
}

/**
 * The whole view, lines without a final newline. Tables fit 80 columns unless names are longer.
 * Throws when the document's details are not what they should be.
 */
export function statusView(document: StatusDocument, options: StatusViewOptions): string {
  const parts = [
    headline(document, options),
    notes(document, options),
    instanceTable(document.instances, options),
    [...sweepLines(document, options), ...upstreamLines(document, options.style)],
    targetTable(document, options),
    addressLines(document, options.style),
  ]
  return parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n')
}

function headline(document: StatusDocument, options: StatusViewOptions): string[] {
  const { style, stale, columns } = options
  const paint = { healthy: style.good, degraded: style.doubtful, failed: style.bad }[
    document.verdict
  ]
  const server = style.strong(visible(document.server))
  const lasted = ageText(document, document.verdict_since, options)
  if (stale === null) return [`${server} is ${paint(document.verdict)} (for ${lasted})`]
  const advice = 'the daemon has ended or hangs; see "systemctl status holdfast"'
  return [
    `${server} was ${paint(document.verdict)} when the daemon wrote last`,
    ...wrapped(`STALE: ${stale}; keepalived gets no for an answer`, columns).map(style.bad),
    ...wrapped(advice, columns).map(style.bad),
  ]
}

function notes(document: StatusDocument, { style, columns }: StatusViewOptions): string[] {
  const { reasons, override, complaints } = document
  const item = (text: string) => wrapped(text, columns, '  ')
  return [
    ...reasons.flatMap((reason) => item(`because ${visible(reason)}`)),
    ...(override === null ? [] : item(overrideSentence(override)).map(style.doubtful)),
    ...complaints.flatMap((text) => item(`note: ${visible(text)}`)).map(style.doubtful),
  ]
}

/** Only `mode` is looked at: the rest is words. */
function overrideSentence(override: Override): string {
  if (override.mode !== 'drained' && override.mode !== 'isolated') throw new TypeError('override')
  return visible(overrideText(override))
}

const INSTANCE_COLUMNS: readonly Column<InstanceStatus>[] = [
  { title: 'INSTANCE', text: (it) => it.name },
  { title: 'RANK', text: (it) => (it.rank === null ? 'unlisted' : `${it.rank} of ${it.of}`) },
  { title: 'STANDING', text: (it) => it.standing, paint: standingPaint },
  { title: 'PRIORITY', text: (it) => priorityText(it.priority) },
  { title: 'HOLDS', text: (it) => (it.holding ? 'yes' : 'no') },
  { title: 'ADDRESSES', text: (it) => it.addresses.join(' ') },
]

function instanceTable(
  instances: readonly InstanceStatus[],
  { style, columns }: StatusViewOptions,
): string[] {
  return table(INSTANCE_COLUMNS, instances, style, columns)
}

function targetTable(document: StatusDocument, options: StatusViewOptions): string[] {
  const asked = (it: TargetStatus) =>
    it.at === null ? '-' : `${ageText(document, it.at, options)} ago`
  const columns: readonly Column<TargetStatus>[] = [
    { title: 'TARGET', text: (it) => it.target },
    {
      title: 'OUTCOME',
      text: (it) => `${it.outcome ?? 'not asked'}${it.ignored ? ' (young)' : ''}`,
      paint: outcomePaint,
    },
    {
      title: 'LATENCY',
      text: (it) => (it.latency_ms === null ? '-' : `${Number(it.latency_ms.toPrecision(3))} ms`),
    },
    { title: 'LATE AT', text: (it) => `${it.late_ms} ms` },
    { title: 'ASKED', text: asked },
  ]
  return table(columns, document.targets, options.style, options.columns)
}

function sweepLines({ flap }: StatusDocument, options: StatusViewOptions): string[] {
  const parts = [`${number(flap.sweeps)} ${flap.sweeps === 1 ? 'sweep' : 'sweeps'} so far`]
  if (flap.failures > 0) parts.push(`failing sweeps counted: ${flap.failures}`)
  if (flap.relapses > 0) parts.push(`relapses remembered: ${flap.relapses}`)
  if (flap.backoff_ms > 0) parts.push(`backoff ${durationText(flap.backoff_ms)}`)
  const left = (ms: number) => Math.max(0, number(ms) - options.sinceWrittenMs)
  if (flap.probation_ms > 0)
    parts.push(`on probation for ${durationText(flap.probation_ms)} of clean sweeps more`)
  const holdDownMs = left(flap.hold_down_ms)
  if (holdDownMs > 0) parts.push(`hold-down for ${durationText(holdDownMs)} more`)
  if (options.stale === null) parts.unshift(nextText(flap, left))
  return wrapped(parts.join(', '), options.columns)
}

function nextText(flap: FlapStatus, left: (ms: number) => number): string {
  if (flap.next_sweep_ms === null)
    return flap.sweeping === 'waiting' ? 'no sweep is planned' : `a ${flap.sweeping} sweep runs`
  const waitMs = left(flap.next_sweep_ms)
  return waitMs > 0 ? `next sweep in ${durationText(waitMs)}` : 'the next sweep is due'
}

function upstreamLines({ upstreams }: StatusDocument, style: Style): string[] {
  return upstreams.map(({ name, up, passed, of, quorum }) => {
    const word =
      up === null ? style.faint('not asked yet') : up ? style.good('up') : style.bad('down')
    return `upstream ${visible(name)} is ${word}: ${passed} of ${of} answered, ${quorum} needed`
  })
}

/** Addresses at which nothing can be bound, and which are therefore not asked. */
function addressLines({ addresses }: StatusDocument, style: Style): string[] {
  return addresses
    .filter((it) => it.state !== 'ready')
    .map((it) =>
      style.doubtful(visible(`address ${it.address} on ${it.interface} is ${it.state}: not asked`)),
    )
}

function standingPaint({ standing }: InstanceStatus, style: Style): (text: string) => string {
  if (standing === 'healthy') return style.good
  return standing === 'failed' || standing === 'isolated' ? style.bad : style.doubtful
}

function outcomePaint({ outcome, ignored }: TargetStatus, style: Style): (text: string) => string {
  if (outcome === null || ignored) return style.doubtful
  return isPass(outcome) ? style.good : style.bad
}

/** How long ago a time in the document was. */
function ageText(
  { written_at }: StatusDocument,
  iso: string,
  { sinceWrittenMs }: StatusViewOptions,
): string {
  const ageMs = sinceWrittenMs + Date.parse(written_at) - Date.parse(iso)
  return Number.isFinite(ageMs) ? durationText(Math.max(0, ageMs)) : 'an unknown time'
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`${value} is no number`)
  return value
}
