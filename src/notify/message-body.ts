// The text of a message, for somebody who was asleep a minute ago.
import { cleanLine } from '../documents/clean-text.ts'
import { MAX_REASON_LENGTH } from '../documents/status-snapshot.ts'
import { durationText, overrideText } from '../documents/text.ts'
import { isOfPool } from '../documents/transition.ts'
import type { CurrentState } from './current-state.ts'
import { instanceClients, instancePlace, instanceSentence, listText } from './instance-words.ts'
import type { Item } from './outbox.ts'
import {
  type CommandRow,
  poolClients,
  poolLine,
  poolRows,
  poolSentence,
  poolWhere,
  poolWhy,
} from './pool-words.ts'
import type { Context, TransitionGroup } from './transition-group.ts'

type BodyContext = Context & { readonly possiblyRepeated: boolean }

/** Values from outside are in these lines: none may begin another one. */
const MAX_LINE_LENGTH = 500

/** Sections with a heading each; those with nothing to say are left out. */
export function bodyOf(groups: readonly TransitionGroup[], context: BodyContext): string {
  const sections: readonly (readonly [heading: string, lines: readonly string[]])[] = [
    ['Why', why(groups, context.current)],
    ['Now', where(groups, context)],
    ['Next steps', adviceOf(groups, context.current)],
    ['Events', happened(groups)],
    ['Retries', tried(context)],
    ['Reported before', before(context)],
    ['About this message', about(context)],
  ]
  const text = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([heading, lines]) =>
      [heading, ...lines.map((other) => `  ${cleanLine(other, MAX_LINE_LENGTH)}`)].join('\n'),
    )
  return `${summary(groups, context.current).join('\n')}\n\n${text.join('\n\n')}\n`
}

const MAX_SENTENCES = 8

/** What happened, a sentence each, and whether clients are served: for those who read no further. */
function summary(groups: readonly TransitionGroup[], current: CurrentState): string[] {
  // What clients feel comes first.
  const sorted = groups.toSorted(
    (a, b) => Number(b.subject === 'SERVICE') - Number(a.subject === 'SERVICE'),
  )
  const sentences = sorted.slice(0, MAX_SENTENCES).map((group) => `${sentence(group, current)}.`)
  const more = groups.length - sentences.length
  const all = [
    ...sentences,
    ...(more > 0 ? [`And ${more} more.`] : []),
    ...instanceClients(groups, current),
    ...poolClients(groups, current.pool),
  ]
  return all.map((text) => cleanLine(text, MAX_LINE_LENGTH))
}

function sentence(group: TransitionGroup, current: CurrentState): string {
  return isOfPool(group) ? poolSentence(group, current.server) : instanceSentence(group, current)
}

/** Of a long group, this many lines at its beginning and at its end are shown. */
const FIRST_LINES = 8
const LAST_LINES = 16

function happened(groups: readonly TransitionGroup[]): string[] {
  const items = groups.flatMap((group) => group.items)
  const width = Math.max(...items.map(({ event }) => event.name.length))
  // Within an instance the order is settled already; between instances the time decides.
  const lines = items.toSorted((a, b) => a.atMs - b.atMs).map((item) => line(item, width))
  const left = lines.length - FIRST_LINES - LAST_LINES
  if (left <= 1) return lines
  return [
    ...lines.slice(0, FIRST_LINES),
    `... ${left} more transitions ...`,
    ...lines.slice(-LAST_LINES),
  ]
}

function line({ event, kind }: Item, width: number): string {
  const { priority, snapshot } = event
  if (isOfPool(event)) return `${timeText(event.wallMs)}  ${poolLine(event, width)}`
  const at = priority === null ? '' : `  priority ${priority}`
  const mark = kind === 'planned' ? '  planned' : ''
  const health = snapshot.health === null ? 'unknown' : snapshot.health
  const state = event.state.padEnd(7)
  return `${timeText(event.wallMs)}  ${event.name.padEnd(width)}  ${state}  checks ${health}${at}${mark}`
}

/** The reasons at the last transition of each kind, not those of now. */
function why(groups: readonly TransitionGroup[], current: CurrentState): string[] {
  const lines = new Set<string>()
  for (const { items, kind } of groups) {
    const deciding = items.findLast((item) => item.kind === kind) ?? items.at(-1)
    if (deciding === undefined) continue
    const { snapshot, state } = deciding.event
    const { override } = snapshot
    if (isOfPool(deciding.event)) {
      for (const text of poolWhy(deciding.event)) lines.add(text)
      continue
    }
    if (override !== null) {
      const reason = override.reason === '' ? '' : `: ${override.reason}`
      lines.add(
        `${current.server} was ${override.mode} by ${override.by || 'an operator'}${reason}`,
      )
    } else if (kind === 'planned' && state === 'MASTER')
      lines.add(`${current.server} is no longer drained or isolated.`)
    else if (kind === 'planned') lines.add(`The server order does not list ${current.server}.`)
    if (snapshot.staleness !== null)
      lines.add(`holdfast status was not available at that time: ${snapshot.staleness}`)
    if (state === 'FAULT' && override === null)
      lines.add(
        'keepalived entered FAULT: interface down, or a tracked file or address is missing.',
      )
    if (state === 'MASTER' && kind === 'master')
      lines.add('No VRRP advertisements with a higher priority were received.')
    for (const reason of snapshot.reasons) lines.add(reason)
  }
  return [...lines].slice(0, 16)
}

function where(
  groups: readonly TransitionGroup[],
  { current, nowMs, wallMs }: BodyContext,
): string[] {
  const clusters = new Set(groups.map((group) => group.instance?.cluster))
  const known = current.instances.filter((instance) => clusters.has(instance.cluster))
  const instances = known.length > 0 ? known : current.instances
  const width = Math.max(0, ...instances.map((instance) => instance.name.length))
  const lines = instances.slice(0, 16).map((instance) => {
    const place = instancePlace(instance, current.server)
    return `${instance.name.padEnd(width)}  ${instance.addresses.join(', ')}: ${place}`
  })
  const since = timeText(wallMs - (nowMs - current.sinceMs))
  const said = new Set(
    groups.flatMap((group) => group.items.flatMap(({ event }) => event.snapshot.reasons)),
  )
  const reasons = current.reasons.filter(
    (reason) => !said.has(cleanLine(reason, MAX_REASON_LENGTH)),
  )
  const because = reasons.length === 0 ? '' : `: ${reasons.slice(0, 4).join('; ')}`
  const health = `checks on ${current.server}: ${current.health} since ${since}${because}`
  const override =
    current.override === null ? [] : [`${current.server} is ${overrideText(current.override)}`]
  const pool = current.pool === null ? [] : poolWhere(current.pool, said)
  return [...override, ...lines, ...pool, health]
}

function tried({ current, failed, nowMs }: BodyContext): string[] {
  if (failed === null) return [...current.tried]
  const since = durationText(nowMs - failed.sinceMs)
  return [
    ...current.tried,
    `Delivery failed ${failed.failures} times in the last ${since}: ${failed.error}`,
  ]
}

/** What a reader need not know by the names of events. */
const REPORTED: ReadonlyMap<string, string> = new Map([
  ['DEAD', 'BACKUP, checks failed'],
  ['BELOW_QUORUM', 'BELOW QUORUM'],
  ['NO_SERVERS', 'NO SERVERS'],
  ['QUORUM_OK', 'QUORUM OK'],
])

function before({ reported }: BodyContext): string[] {
  return reported.map(
    ({ wallMs, name, state }) => `${timeText(wallMs)}  ${name}  ${REPORTED.get(state) ?? state}`,
  )
}

function about({ possiblyRepeated, unrecorded, lost }: BodyContext): string[] {
  return [
    ...(possiblyRepeated
      ? ['Possible duplicate: a previous delivery attempt did not complete.']
      : []),
    ...(unrecorded === null
      ? []
      : [`It may be sent again, because it cannot be recorded: ${unrecorded}`]),
    ...(lost === 0
      ? []
      : [
          `${lost === 1 ? '1 earlier transition is' : `${lost} earlier transitions are`} not in any message: too many, too old, or unreadable. See the log.`,
        ]),
  ]
}

/** "2026-11-21T03:12:45Z" */
function timeText(wallMs: number): string {
  const date = new Date(wallMs)
  if (Number.isNaN(date.getTime())) return 'an unknown time     '
  return `${date.toISOString().slice(0, 19)}Z`
}

/** Commands with what they show, the most telling first. */
function adviceOf(groups: readonly TransitionGroup[], current: CurrentState): string[] {
  const kinds = new Set(groups.map((group) => group.kind))
  if (groups.every((group) => group.kind === 'planned'))
    return ['No action needed: planned maintenance.']
  const { pool } = current
  const rows: CommandRow[] = [
    [
      'holdfast status',
      pool === null ? 'state and failing endpoints' : 'state of each real server',
    ],
  ]
  if (pool !== null) rows.push(...poolRows(pool))
  else if (kinds.has('dead')) rows.push(...deadRows(current))
  if (kinds.has('fault')) {
    rows.push(['ip -br link', 'which interface is down'])
    rows.push(['journalctl -u keepalived -n 50', 'what keepalived logged'])
  }
  if (kinds.has('stop')) {
    rows.push(['systemctl status keepalived holdfast', 'which of the two stopped'])
    rows.push(['journalctl -u keepalived -u holdfast -n 50', 'why it stopped'])
  }
  if (kinds.has('master')) rows.push(...masterRows(groups, current))
  const width = Math.max(...rows.map(([command]) => command.length))
  const lines = rows.map(([command, text]) => `${command.padEnd(width)}  ${text}`)
  const out = groups.filter((group) => group.word === 'REMOVED').map((group) => group.name)
  const returning = [...(kinds.has('dead') ? [current.server] : []), ...out].slice(0, 4)
  if (returning.length === 0) return lines
  const names = listText(returning)
  return [
    ...lines,
    returning.length === 1
      ? `${names} returns automatically when its checks pass.`
      : `${names} return automatically when their checks pass.`,
  ]
}

function deadRows({ question }: CurrentState): CommandRow[] {
  return [
    ...(question === null
      ? []
      : ([[`dig @127.0.0.1 ${question} +tries=1`, 'query named yourself']] as const)),
    ['systemctl status named', 'whether named runs'],
    ['journalctl -u named -n 50', 'its last messages'],
  ]
}

/** Servers before this one in the order have a reason not to serve. */
function masterRows(groups: readonly TransitionGroup[], current: CurrentState): CommandRow[] {
  const instances = groups.flatMap((group) => group.instance ?? [])
  const better = new Set(
    instances.flatMap((instance) =>
      instance.order.slice(0, instance.rank === null ? undefined : instance.rank - 1),
    ),
  )
  better.delete(current.server)
  const rows = [...better]
    .slice(0, 3)
    .map((server): CommandRow => [`ssh ${server} holdfast status`, `why ${server} does not serve`])
  const address = instances[0]?.addresses[0]
  if (address !== undefined)
    rows.push([`dig @${address} hostname.bind CH TXT +short`, 'which server answers clients'])
  return rows
}
