// Whom named lets in: the lists of its configuration that a recursive query of a client has to pass.
import { type Statement, statementsOf } from '../facts/named-conf.ts'
import { type AclWorld, aclMatches, listText } from './acl.ts'

export interface Doors {
  readonly statements: readonly Statement[]
  readonly options: readonly Statement[]
  readonly world: AclWorld
}

/** A line of the configuration that keeps a client out; without one it is named's default. */
export interface Refusal {
  readonly keyword: string
  /** "options" or a view. */
  readonly place: string
  /** As it is written, or what named goes by where nothing is. */
  readonly text: string
  readonly isWritten: boolean
}

interface Line {
  readonly place: string
  readonly statement: Statement
}

interface Scope {
  /** The first of these that is set, in the view or else in the options. */
  line(...keywords: readonly string[]): Line | null
  readonly place: string
}

/** What named goes by where none of the lists about recursion is set. */
const NEIGHBOURS: readonly Statement[] = [
  { words: ['localnets'], block: null },
  { words: ['localhost'], block: null },
]

/**
 * Everything that keeps a client from getting names resolved at an address of this host: empty when
 * named would serve it. Zones that refuse by lists of their own are not looked at.
 */
export function refusalsOf(client: string, at: string, doors: Doors): readonly Refusal[] {
  const scope = scopeFor(client, at, doors)
  if ('refusals' in scope) return scope.refusals
  const { world } = doors
  const lets = (list: readonly Statement[], address: string) => aclMatches(list, address, world)
  const refusedBy = (line: Line | null, address: string) =>
    line === null || lets(line.statement.block ?? [], address) ? [] : [refusal(line)]
  const refusals: Refusal[] = [
    ...refusedBy(scope.line('allow-query'), client),
    ...refusedBy(scope.line('allow-query-on'), at),
  ]
  const recursion = scope.line('recursion')
  if (recursion?.statement.words[1] === 'no') return [...refusals, refusal(recursion)]
  // Each stands in for the other, and allow-query for both (the BIND reference on allow-recursion).
  const [cache, recursive, query] = ['allow-query-cache', 'allow-recursion', 'allow-query'] as const
  for (const keywords of [
    [recursive, cache, query],
    [cache, recursive, query],
  ]) {
    const line = scope.line(...keywords)
    if (line !== null) refusals.push(...refusedBy(line, client))
    else if (!lets(NEIGHBOURS, client)) refusals.push(byDefault(recursive))
  }
  for (const keywords of [
    ['allow-recursion-on', 'allow-query-cache-on'],
    ['allow-query-cache-on', 'allow-recursion-on'],
  ])
    refusals.push(...refusedBy(scope.line(...keywords), at))
  const byText = new Map(refusals.map((refusal) => [`${refusal.place} ${refusal.text}`, refusal]))
  return [...byText.values()]
}

function byDefault(keyword: string): Refusal {
  const text = `${keyword} ${listText(NEIGHBOURS)}`
  return { keyword, place: 'options', text, isWritten: false }
}

function refusal({ place, statement: { words, block } }: Line): Refusal {
  const [keyword = ''] = words
  const text = block === null ? words.join(' ') : `${words.join(' ')} ${listText(block)}`
  return { keyword, place, text, isWritten: true }
}

/** The view that takes the client, the options where there are no views, or why none takes it. */
function scopeFor(
  client: string,
  at: string,
  { statements, options, world }: Doors,
): Scope | { readonly refusals: readonly Refusal[] } {
  const blackhole = lineIn(options, 'options', 'blackhole')
  if (blackhole !== null && aclMatches(blackhole.statement.block ?? [], client, world))
    return { refusals: [refusal(blackhole)] }
  const views = statementsOf(statements, 'view').filter(({ words }) => (words[2] ?? 'IN') === 'IN')
  if (views.length === 0) return scopeOf(null, options)
  const whyNot = views.map((view) => {
    const place = placeOf(view)
    const doors = [
      { line: lineIn(view.block ?? [], place, 'match-clients'), address: client },
      { line: lineIn(view.block ?? [], place, 'match-destinations'), address: at },
    ]
    return doors.flatMap(({ line, address }) =>
      line === null || aclMatches(line.statement.block ?? [], address, world)
        ? []
        : [refusal(line)],
    )
  })
  const taken = whyNot.findIndex((candidate) => candidate.length === 0)
  const view = views[taken]
  return view === undefined ? { refusals: whyNot.flat() } : scopeOf(view, options)
}

function scopeOf(view: Statement | null, options: readonly Statement[]): Scope {
  const place = view === null ? 'options' : placeOf(view)
  return {
    place,
    line(...keywords) {
      for (const keyword of keywords) {
        const own = lineIn(view?.block ?? [], place, keyword)
        const line = own ?? lineIn(options, 'options', keyword)
        if (line !== null) return line
      }
      return null
    },
  }
}

function placeOf({ words }: Statement): string {
  return `view "${words[1] ?? ''}"`
}

function lineIn(block: readonly Statement[], place: string, keyword: string): Line | null {
  const [statement] = statementsOf(block, keyword)
  return statement === undefined ? null : { place, statement }
}
