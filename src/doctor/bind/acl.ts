// Address match lists of named.conf: whether one matches an address, and whom they let in. Pure.

import { type Cidr, contains, parseCidr, parseIp } from '../../config/values/ip.ts'
import type { NamedStatement } from '../facts/named.ts'
import { statementsOf } from '../facts/named.ts'

/** What the words of a list refer to. */
export interface AclWorld {
  readonly acls: ReadonlyMap<string, readonly NamedStatement[]>
  /** Whether named counts an address among "localhost", where the list is used. */
  readonly isLocalhost: (address: string) => boolean
  /** The networks that "localnets" stands for. */
  readonly localnets: readonly Cidr[]
}

/** Lists may name each other in a circle only in files that named refuses. */
const DEEPEST = 20

export function aclsIn(statements: readonly NamedStatement[]): AclWorld['acls'] {
  const acls = statementsOf(statements, 'acl')
  return new Map(acls.map(({ words, block }) => [words[1] ?? '', block ?? []]))
}

/**
 * Whether the list lets the address in. The first element that matches decides; in a list within
 * a list, one that matches with "!" counts as no match at all, and the outer list goes on, as
 * dns_acl_match() does it. Elements that need more than an address (keys, places) match nothing.
 */
export function aclMatches(
  list: readonly NamedStatement[],
  address: string,
  world: AclWorld,
  depth = 0,
): boolean {
  for (const element of list) {
    const { negative, words } = signOf(element.words)
    if (matchesElement({ ...element, words }, address, world, depth)) return !negative
  }
  return false
}

/** As people write it: "{ !192.0.2.1; any; }". */
function listText(list: readonly NamedStatement[]): string {
  const elements = list.map(({ words, block }) =>
    [...words, ...(block === null ? [] : [listText(block)])].join(' ').replace(/^! /, '!'),
  )
  return `{ ${elements.map((element) => `${element}; `).join('')}}`
}

/** "!192.0.2.1/32" is one word, and `!"any"` is two. */
function signOf(words: readonly string[]): { negative: boolean; words: readonly string[] } {
  const [first = '', ...rest] = words
  if (!first.startsWith('!')) return { negative: false, words }
  return { negative: true, words: first === '!' ? rest : [first.slice(1), ...rest] }
}

function matchesElement(
  { words, block }: NamedStatement,
  address: string,
  world: AclWorld,
  depth: number,
): boolean {
  if (depth > DEEPEST) return false
  if (block !== null) return words.length === 0 && aclMatches(block, address, world, depth + 1)
  const [word = '', ...more] = words
  const ip = parseIp(address)
  if (more.length > 0 || ip === null) return false
  switch (word) {
    case 'any':
      return true
    case 'none':
      return false
    case 'localhost':
      return world.isLocalhost(address)
    case 'localnets':
      return world.localnets.some((net) => contains(net, ip))
    default: {
      const cidr = parseCidr(word)
      if (cidr !== null) return contains(cidr, ip)
      const acl = world.acls.get(word)
      return acl !== undefined && aclMatches(acl, address, world, depth + 1)
    }
  }
}

export interface Doors {
  readonly statements: readonly NamedStatement[]
  readonly options: readonly NamedStatement[]
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
  readonly statement: NamedStatement
}

interface Scope {
  /** The first of these that is set, in the view or else in the options. */
  line(...keywords: readonly string[]): Line | null
  readonly place: string
}

/** What named goes by where none of the lists about recursion is set. */
const NEIGHBOURS: readonly NamedStatement[] = [
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
  const lets = (list: readonly NamedStatement[], address: string) =>
    aclMatches(list, address, world)
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
  return eachOnce(refusals)
}

/** One of each place and text. */
export function eachOnce(refusals: readonly Refusal[]): readonly Refusal[] {
  return [...new Map(refusals.map((one) => [`${one.place} ${one.text}`, one])).values()]
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

function scopeOf(view: NamedStatement | null, options: readonly NamedStatement[]): Scope {
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

function placeOf({ words }: NamedStatement): string {
  return `view "${words[1] ?? ''}"`
}

function lineIn(block: readonly NamedStatement[], place: string, keyword: string): Line | null {
  const [statement] = statementsOf(block, keyword)
  return statement === undefined ? null : { place, statement }
}
