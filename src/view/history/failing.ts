// Why a server came to be worth less, from the queries that failed right before: for records without reasons.
import { isPass } from '../../dns/outcome.ts'
import { outcomeText } from '../../documents/text.ts'
import type { Life } from './lives.ts'

/** What failed longer ago had its effect before. */
const WITHIN_MS = 5000
const MOST = 8

/** The items of which the last that is known is a failure, the newest first, in the words of a reason. */
export function failingBefore({ start, lines }: Life, index: number): string[] {
  const line = lines[index]
  if (line === undefined || !('nowMs' in line)) return []
  const settled = new Set<number>()
  const failing: { readonly item: number; readonly words: string }[] = []
  let at = index - 1
  for (; at >= 0; at--) {
    const earlier = lines[at]
    if (earlier === undefined || !('nowMs' in earlier)) continue
    if (line.nowMs - earlier.nowMs > WITHIN_MS) break
    // Other numbers stand for other items before this line.
    if (earlier.kind === 'items') break
    if (earlier.kind === 'again') settled.add(earlier.item)
    if (earlier.kind !== 'result' || settled.has(earlier.item)) continue
    settled.add(earlier.item)
    if (!isPass(earlier.outcome))
      failing.push({ item: earlier.item, words: outcomeText(earlier.outcome, undefined) })
  }
  const names = namesBefore(lines, index)
  return failing
    .slice(0, MOST)
    .map(({ item, words }) => `${nameOf(names[item], start.config)}: ${words}`)
}

function namesBefore(lines: Life['lines'], index: number): readonly unknown[] {
  for (let at = index; at >= 0; at--) {
    const line = lines[at]
    if (line?.kind === 'items') return line.names
  }
  return []
}

/** "local/0@udp/192.0.2.1" is the first probe of the group at the target; its question says more. */
function nameOf(name: unknown, config: Life['start']['config']): string {
  const match = typeof name === 'string' ? /^(.*)\/(\d+)@(.+)$/s.exec(name) : null
  if (match === null) return 'an unknown target'
  const [, group, probe, target] = match
  const groups: readonly { name?: unknown; probes?: readonly unknown[] }[] = Array.isArray(
    config.groups,
  )
    ? config.groups
    : []
  const found = groups.find((it) => it?.name === group)?.probes?.[Number(probe)] as
    | { question?: { name?: unknown; type?: unknown } }
    | undefined
  const { name: asked, type } = found?.question ?? {}
  return asked === undefined ? `${target}` : `${target} ${asked} ${type}`
}
