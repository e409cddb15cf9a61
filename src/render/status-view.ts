// The status as a person reads it: verdict first, then why, then the tables.
import type { Standing, Verdict } from '../core/standing.ts'
import { isPass } from '../dns/outcome.ts'
import type { InstanceStatus, StatusDocument, TargetStatus } from './status-document.ts'
import { type Style, visible } from './style.ts'
import { durationText, overrideText, priorityText } from './text.ts'

export interface StatusViewOptions {
  readonly style: Style
  /** Now, for ages: milliseconds since 1970. */
  readonly wallMs: number
  /** Why the document is stale, or null while it is fresh. */
  readonly stale: string | null
}

/** The whole view, lines without a final newline. Fits 80 columns unless names are longer. */
export function statusView(document: StatusDocument, options: StatusViewOptions): string {
  const parts = [
    headline(document, options),
    notes(document, options),
    instanceTable(document.instances, options.style),
    flapLine(document),
    upstreamLines(document, options.style),
    targetTable(document.targets, options),
  ]
  return parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n')
}

function headline(document: StatusDocument, { style, wallMs, stale }: StatusViewOptions): string[] {
  const paint = { healthy: style.good, degraded: style.doubtful, failed: style.bad }[
    document.verdict
  ]
  const since = ageText(document.verdict_since, wallMs)
  const lines = [
    `${style.strong(visible(document.server))} is ${paint(document.verdict)}, since ${since}`,
  ]
  if (stale !== null) lines.push(style.bad(`STALE: ${stale}; keepalived gets no for an answer`))
  return lines
}

function notes(document: StatusDocument, { style }: StatusViewOptions): string[] {
  const lines = document.reasons.map((reason) => `  because ${visible(reason)}`)
  if (document.override !== null)
    lines.push(style.doubtful(`  ${visible(overrideText(document.override))}`))
  for (const complaint of document.complaints)
    lines.push(style.doubtful(`  note: ${visible(complaint)}`))
  return lines
}

function instanceTable(instances: readonly InstanceStatus[], style: Style): string[] {
  const rows = instances.map((instance) => [
    instance.name,
    instance.rank === null ? 'unlisted' : `${instance.rank} of ${instance.of}`,
    instance.standing,
    priorityText(instance.priority),
    instance.holding ? 'yes' : 'no',
    instance.addresses.join(' '),
  ])
  const paints = instances.map((instance) => [null, null, standingPaint(instance.standing, style)])
  return table(
    ['INSTANCE', 'RANK', 'STANDING', 'PRIORITY', 'HOLDS', 'ADDRESSES'],
    rows,
    paints,
    style,
  )
}

function targetTable(
  targets: readonly TargetStatus[],
  { style, wallMs }: StatusViewOptions,
): string[] {
  const rows = targets.map((target) => [
    target.target,
    `${target.outcome ?? 'not asked'}${target.ignored ? ' (young, ignored)' : ''}`,
    target.latency_ms === null ? '-' : `${target.latency_ms} ms`,
    `${target.late_ms} ms`,
    target.at === null ? '-' : ageText(target.at, wallMs),
  ])
  const paints = targets.map((target) => [null, outcomePaint(target, style)])
  return table(['TARGET', 'OUTCOME', 'LATENCY', 'LATE AT', 'ASKED'], rows, paints, style)
}

function flapLine({ flap }: StatusDocument): string[] {
  const next =
    flap.next_sweep_ms === null
      ? `a ${flap.sweeping} sweep runs`
      : `next sweep in ${durationText(flap.next_sweep_ms)}`
  const parts = [next, `${flap.sweeps} sweeps so far`]
  if (flap.backoff_ms > 0) parts.push(`backoff ${durationText(flap.backoff_ms)}`)
  if (flap.hold_down_ms > 0) parts.push(`hold-down for ${durationText(flap.hold_down_ms)} more`)
  if (flap.failures > 0) parts.push(`failing sweeps counted: ${flap.failures}`)
  return [parts.join(', ')]
}

function upstreamLines({ upstreams }: StatusDocument, style: Style): string[] {
  return upstreams.map(({ name, up, passed, of, quorum }) => {
    const word =
      up === null ? style.faint('not asked yet') : up ? style.good('up') : style.bad('down')
    return `upstream ${visible(name)} is ${word}: ${passed} of ${of} answered, ${quorum} needed`
  })
}

type Paint = ((text: string) => string) | null

/** Columns as wide as their widest cell; padding comes before paint, which has no width. */
function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  paints: readonly (readonly Paint[])[],
  style: Style,
): string[] {
  if (rows.length === 0) return []
  const clean = rows.map((row) => row.map(visible))
  const widths = head.map((title, column) =>
    Math.max(title.length, ...clean.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[], paint: readonly Paint[]) =>
    cells
      .map((cell, column) => {
        const padded = column === cells.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 2)
        return (paint[column] ?? ((text: string) => text))(padded)
      })
      .join('')
      .trimEnd()
  return [style.faint(line(head, [])), ...clean.map((row, index) => line(row, paints[index] ?? []))]
}

function standingPaint(standing: Standing | Verdict, style: Style): Paint {
  if (standing === 'healthy') return style.good
  return standing === 'failed' || standing === 'isolated' ? style.bad : style.doubtful
}

function outcomePaint({ outcome, ignored }: TargetStatus, style: Style): Paint {
  if (outcome === null || ignored) return style.doubtful
  return isPass(outcome) ? style.good : style.bad
}

function ageText(iso: string, wallMs: number): string {
  const ageMs = wallMs - Date.parse(iso)
  return Number.isFinite(ageMs) ? `${durationText(Math.max(0, ageMs))} ago` : 'an unknown time'
}
