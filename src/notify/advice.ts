// What to type next: the commands that an operator would look up otherwise.
import type { Story } from './story.ts'
import type { Truth } from './truth.ts'

type Row = readonly [command: string, text: string]

/** Commands with what they show, the most telling first. */
export function adviceOf(stories: readonly Story[], truth: Truth): string[] {
  const kinds = new Set(stories.map((story) => story.kind))
  if (stories.every((story) => story.kind === 'planned'))
    return ['Nothing: this is what was ordered.']
  const rows: Row[] = [['holdfast status', 'the verdict, target by target']]
  if (kinds.has('dead')) rows.push(...deadRows(truth))
  if (kinds.has('fault')) {
    rows.push(['ip -br link', 'which interface is down'])
    rows.push(['journalctl -u keepalived -n 50', 'what keepalived found'])
  }
  if (kinds.has('stop')) {
    rows.push(['systemctl status keepalived holdfast', 'which of the two has stopped'])
    rows.push(['journalctl -u keepalived -u holdfast -n 50', 'and why'])
  }
  if (kinds.has('master')) rows.push(...masterRows(stories, truth))
  const width = Math.max(...rows.map(([command]) => command.length))
  const lines = rows.map(([command, text]) => `${command.padEnd(width)}  ${text}`)
  const returns = kinds.has('dead')
    ? [
        `Nothing need be typed for ${truth.server} to return: it does so once its answers are right.`,
      ]
    : []
  return [...lines, ...returns]
}

function deadRows({ question }: Truth): Row[] {
  return [
    ...(question === null
      ? []
      : ([[`dig @127.0.0.1 ${question} +tries=1`, 'ask it yourself']] as const)),
    ['systemctl status named', 'does it run?'],
    ['journalctl -u named -n 50', 'what it said last'],
  ]
}

/** Who ranks before this server has a reason not to serve, unless it is the first. */
function masterRows(stories: readonly Story[], truth: Truth): Row[] {
  const instances = stories.flatMap((it) => it.instance ?? [])
  const better = new Set(
    instances.flatMap((it) => it.order.slice(0, it.rank === null ? undefined : it.rank - 1)),
  )
  better.delete(truth.server)
  const rows = [...better]
    .slice(0, 3)
    .map((server): Row => [`ssh ${server} holdfast status`, 'why it does not serve'])
  const address = instances[0]?.addresses[0]
  if (address !== undefined)
    rows.push([`dig @${address} hostname.bind CH TXT +short`, 'who answers clients there'])
  return rows
}
