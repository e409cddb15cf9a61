// The text of a message, for somebody who was asleep a minute ago.
import { cleanLine } from '../documents/clean-text.ts'
import { MAX_REASON_LENGTH } from '../documents/status-snapshot.ts'
import { durationText, overrideText } from '../documents/text.ts'
import { isOfPool } from '../documents/transition.ts'
import { wordOf } from './classify.ts'
import type { CurrentState } from './current-state.ts'
import type { Item } from './outbox.ts'
import { poolLine, poolRows, poolSentence, poolWhere, poolWhy, type Row } from './pool-words.ts'
import type { Context, TransitionGroup } from './transition-group.ts'

type BodyContext = Context & { readonly possiblyRepeated: boolean }

/** Values from outside are in these lines: none may begin another one. */
const MAX_LINE_LENGTH = 500

/** Sections with a heading each; those with nothing to say are left out. */
export function bodyOf(groups: readonly TransitionGroup[], context: BodyContext): string {
  const sections: readonly (readonly [heading: string, lines: readonly string[]])[] = [
    ['What happened (times are UTC)', happened(groups)],
    ['Why', why(groups, context.current)],
    ['Where service is now', where(groups, context)],
    ['What was tried', tried(context)],
    ['Before', before(context)],
    ['What to type next', adviceOf(groups, context.current)],
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

/** A sentence each, for those who read no further. */
function summary(groups: readonly TransitionGroup[], current: CurrentState): string[] {
  // What clients feel comes first.
  const sorted = groups.toSorted(
    (a, b) => Number(b.subject === 'SERVICE') - Number(a.subject === 'SERVICE'),
  )
  const sentences = sorted.slice(0, MAX_SENTENCES).map((group) => `${sentence(group, current)}.`)
  const more = groups.length - sentences.length
  const all = [...sentences, ...(more > 0 ? [`And ${more} more.`] : [])]
  return all.map((text) => cleanLine(text, MAX_LINE_LENGTH))
}

function sentence(group: TransitionGroup, { server, pool }: CurrentState): string {
  const { name, kind, word, items } = group
  if (isOfPool(group)) return poolSentence(group, server)
  const last = items.at(-1)?.event
  switch (kind) {
    case 'dead':
      return pool === null
        ? `${server} gave up ${name}, because DNS on ${server} has failed`
        : `${server} gave up ${name}, because too few real servers are in its pool`
    case 'fault':
      return `${name} is in FAULT on ${server}: keepalived there takes no part in the election`
    case 'stop':
      return last?.state === 'BACKUP'
        ? `${server} gave up ${name}, because holdfast was stopped there`
        : `keepalived on ${server} has ${last?.state === 'DELETED' ? 'removed' : 'stopped'} ${name}`
    case 'planned':
      return `${name} is ${word} on ${server}, as planned`
    case 'master':
      return word === 'NOT MASTER'
        ? `${server} took over ${name}, and has lost it again`
        : `${server} serves ${name} now`
    case 'backup':
    case 'backend':
    case 'service':
      return `${name} is ${word} on ${server}`
    default:
      return kind satisfies never
  }
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
  const verdict = snapshot.verdict === null ? 'unknown' : snapshot.verdict
  const word = wordOf(event, kind).padEnd(7)
  return `${timeText(event.wallMs)}  ${event.name.padEnd(width)}  ${word}  DNS ${verdict}${at}${mark}`
}

/** The reasons that were in force at the last transition of each kind, not those of now. */
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
      lines.add(`${current.server} was ${override.mode} by ${override.by || 'somebody'}${reason}`)
    } else if (kind === 'planned' && state === 'MASTER')
      lines.add(`The order that kept ${current.server} out of service was lifted.`)
    else if (kind === 'planned') lines.add('The order of servers does not list this server.')
    if (snapshot.staleness !== null)
      lines.add(`holdfast's own word was missing at that time: ${snapshot.staleness}`)
    if (state === 'FAULT' && override === null)
      lines.add(
        'keepalived found a fault: an interface is down, or an address or a tracked file is not as it must be.',
      )
    if (state === 'MASTER' && kind === 'master')
      lines.add('No server with a higher priority made itself heard.')
    for (const reason of snapshot.reasons) lines.add(reason)
  }
  return [...lines].slice(0, 16)
}

function where(
  groups: readonly TransitionGroup[],
  { current, nowMs, wallMs }: BodyContext,
): string[] {
  const pools = new Set(groups.map((group) => group.instance?.pool))
  const known = current.instances.filter((instance) => pools.has(instance.pool))
  const instances = known.length > 0 ? known : current.instances
  const width = Math.max(0, ...instances.map((instance) => instance.name.length))
  const lines = instances.slice(0, 16).map((instance) => {
    const others = instance.order.filter((server) => server !== current.server)
    const elsewhere =
      others.length === 0
        ? 'not on this server, and the order lists no other'
        : `not on this server; if all is well, on the first fit one of ${others.slice(0, 8).join(', ')}`
    const place = instance.holding ? `on this server, ${current.server}` : elsewhere
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
  const what = current.pool === null ? `DNS on ${current.server}` : current.server
  const verdict = `${what} is ${current.verdict} since ${since}${because}`
  const override =
    current.override === null ? [] : [`${current.server} is ${overrideText(current.override)}`]
  const pool = current.pool === null ? [] : poolWhere(current.pool, said)
  return [...lines, ...pool, verdict, ...override]
}

function tried({ current, failed, nowMs }: BodyContext): string[] {
  if (failed === null) return [...current.tried]
  const since = durationText(nowMs - failed.sinceMs)
  return [
    ...current.tried,
    `To send this message was tried ${failed.failures} times in the last ${since}: ${failed.error}`,
  ]
}

function before({ reported }: BodyContext): string[] {
  return reported.map((event) => `${timeText(event.wallMs)}  ${event.name}  ${event.state}`)
}

function about({ possiblyRepeated, unrecorded, lost }: BodyContext): string[] {
  return [
    ...(possiblyRepeated
      ? ['It may have been sent before: an earlier attempt ended without word of its success.']
      : []),
    ...(unrecorded === null
      ? []
      : [`It may come again, since it cannot be recorded: ${unrecorded}`]),
    ...(lost === 0
      ? []
      : [
          `${lost === 1 ? '1 earlier transition is' : `${lost} earlier transitions are`} told in the log alone, if at all: too many, too old, or not understood.`,
        ]),
  ]
}

/** "2026-11-21 03:12:45" */
function timeText(wallMs: number): string {
  const date = new Date(wallMs)
  if (Number.isNaN(date.getTime())) return 'an unknown time    '
  return date.toISOString().slice(0, 19).replace('T', ' ')
}

/** Commands with what they show, the most telling first. */
function adviceOf(groups: readonly TransitionGroup[], current: CurrentState): string[] {
  const kinds = new Set(groups.map((group) => group.kind))
  if (groups.every((group) => group.kind === 'planned'))
    return ['Nothing: this is what was ordered.']
  const { pool } = current
  const rows: Row[] = [
    ['holdfast status', pool === null ? 'the verdict, target by target' : 'each real server'],
  ]
  if (pool !== null) rows.push(...poolRows(pool))
  else if (kinds.has('dead')) rows.push(...deadRows(current))
  if (kinds.has('fault')) {
    rows.push(['ip -br link', 'which interface is down'])
    rows.push(['journalctl -u keepalived -n 50', 'what keepalived found'])
  }
  if (kinds.has('stop')) {
    rows.push(['systemctl status keepalived holdfast', 'which of the two has stopped'])
    rows.push(['journalctl -u keepalived -u holdfast -n 50', 'and why'])
  }
  if (kinds.has('master')) rows.push(...masterRows(groups, current))
  const width = Math.max(...rows.map(([command]) => command.length))
  const lines = rows.map(([command, text]) => `${command.padEnd(width)}  ${text}`)
  const out = groups.filter((group) => group.word === 'OUT').map((group) => group.name)
  const returning = [...(kinds.has('dead') ? [current.server] : []), ...out].slice(0, 4)
  if (returning.length === 0) return lines
  const [they, do_, their] =
    returning.length === 1 ? ['it', 'does', 'its'] : ['they', 'do', 'their']
  const names = returning.join(', ')
  return [
    ...lines,
    `Nothing need be typed for ${names} to return: ${they} ${do_} so once ${their} answers are right.`,
  ]
}

function deadRows({ question }: CurrentState): Row[] {
  return [
    ...(question === null
      ? []
      : ([[`dig @127.0.0.1 ${question} +tries=1`, 'ask it yourself']] as const)),
    ['systemctl status named', 'does it run?'],
    ['journalctl -u named -n 50', 'what it said last'],
  ]
}

/** Who ranks before this server has a reason not to serve, unless it is the first. */
function masterRows(groups: readonly TransitionGroup[], current: CurrentState): Row[] {
  const instances = groups.flatMap((group) => group.instance ?? [])
  const better = new Set(
    instances.flatMap((instance) =>
      instance.order.slice(0, instance.rank === null ? undefined : instance.rank - 1),
    ),
  )
  better.delete(current.server)
  const rows = [...better]
    .slice(0, 3)
    .map((server): Row => [`ssh ${server} holdfast status`, 'why it does not serve'])
  const address = instances[0]?.addresses[0]
  if (address !== undefined)
    rows.push([`dig @${address} hostname.bind CH TXT +short`, 'who answers clients there'])
  return rows
}
