// What to type next: the commands that an operator would look up otherwise.

import type { CurrentState } from './current-state.ts'
import { poolRows, type Row } from './pool-words.ts'
import type { TransitionGroup } from './transition-group.ts'

/** Commands with what they show, the most telling first. */
export function adviceOf(groups: readonly TransitionGroup[], current: CurrentState): string[] {
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
  const instances = groups.flatMap((it) => it.instance ?? [])
  const better = new Set(
    instances.flatMap((it) => it.order.slice(0, it.rank === null ? undefined : it.rank - 1)),
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
