// The last lines of the status view: timers that run, upstream groups, keepalived, and what the daemon is.

import type { StatusDocument, UpstreamStatus } from '../../documents/status-document.ts'
import { stateOf } from '../../documents/status-summary.ts'
import { shortDuration } from '../../documents/text.ts'
import { flowed, type Line, type Span } from '../screen.ts'
import { number, type StatusCanvas, words } from './status-canvas.ts'

/** What keepalived says of an instance: MASTER, BACKUP, FAULT. */
export interface InstanceAtKeepalived {
  readonly instance: string
  readonly state: string
}

export function footerLines(
  document: StatusDocument,
  vrrp: readonly InstanceAtKeepalived[],
  canvas: StatusCanvas,
): Line[] {
  const { columns } = canvas
  return [
    ...flowed(timers(document, canvas), columns),
    ...document.upstreams.flatMap((group) => flowed(upstream(group), columns, 1)),
    ...flowed([...keepalived(vrrp), ...program(document)], columns),
  ]
}

/** Only those that run: while all is well there are none. */
function timers(document: StatusDocument, canvas: StatusCanvas): Line[] {
  const { flap } = document
  const left = (ms: number) => Math.max(0, number(ms) - canvas.sinceWrittenMs)
  const pieces: Line[] = []
  const backoffMs = number(flap.backoff_ms)
  const nextMs = flap.next_cycle_ms === null ? 0 : left(flap.next_cycle_ms)
  if (canvas.stale === null && backoffMs > 0 && nextMs > 0)
    pieces.push([['next check in '], [shortDuration(nextMs), 'strong']])
  if (backoffMs > 0) pieces.push([['backoff '], [shortDuration(backoffMs), 'doubtful']])
  const heldMs = left(flap.backoff_hold_ms)
  if (heldMs > 0) pieces.push([['backoff held for '], [shortDuration(heldMs), 'doubtful']])
  // On probation it is what the first line says.
  const isSaid = stateOf(document) === 'probation'
  const owedMs = isSaid ? 0 : number(flap.probation_ms)
  if (owedMs > 0)
    pieces.push([
      ['probation '],
      [shortDuration(owedMs), 'doubtful'],
      [` left${repeats(number(flap.repeat_failures))}`],
    ])
  else if (number(flap.repeat_failures) > 0 && !isSaid)
    pieces.push([[`repeat failures ${flap.repeat_failures}`, 'doubtful']])
  if (number(flap.failures) > 0) pieces.push([['failed checks '], [String(flap.failures), 'bad']])
  return pieces
}

function repeats(count: number): string {
  if (count === 0) return ''
  return ` (${count} repeat ${count === 1 ? 'failure' : 'failures'})`
}

function upstream({ name, up, passed, of, quorum }: UpstreamStatus): Line[] {
  const state: Span =
    up === null ? ['not probed yet', 'faint'] : up ? ['up', 'good'] : ['down', 'bad']
  const figures = `(${number(passed)} of ${number(of)} probes ok, quorum ${number(quorum)})`
  return [[[`upstream ${words(name)}: `], state], [[figures]]]
}

/** keepalived tells root alone. */
function keepalived(vrrp: readonly InstanceAtKeepalived[]): Line[] {
  if (vrrp.length === 0) return []
  const byState = Map.groupBy(vrrp, ({ state }) => state)
  const texts = [...byState].map(
    ([state, all]) => `${state} of ${all.map(({ instance }) => instance).join(', ')}`,
  )
  return [[[`keepalived: ${texts.join('; ')}`]]]
}

function program({ version, config_loaded_at: loaded }: StatusDocument): Line[] {
  const config: Line[] =
    loaded === undefined ? [] : [[[`config loaded ${toSecond(words(loaded))}`, 'faint']]]
  return [[[`holdfast ${words(version)}`, 'faint']], ...config]
}

/** ISO 8601 without the fraction, which nobody reads. */
export function toSecond(iso: string): string {
  return iso.replace(/\.\d+Z$/, 'Z')
}
