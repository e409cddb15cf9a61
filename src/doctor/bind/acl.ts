// Address match lists of named.conf: whether one matches an address.
import { type Cidr, contains, parseCidr } from '../../config/values/cidr.ts'
import { parseIp } from '../../config/values/ip.ts'
import { type Statement, statementsOf } from '../facts/named-conf.ts'

/** What the words of a list refer to. */
export interface AclWorld {
  readonly acls: ReadonlyMap<string, readonly Statement[]>
  /** Whether named counts an address among "localhost", where the list is used. */
  readonly isLocalhost: (address: string) => boolean
  /** The networks that "localnets" stands for. */
  readonly localnets: readonly Cidr[]
}

/** Lists may name each other in a circle only in files that named refuses. */
const DEEPEST = 20

export function aclsIn(statements: readonly Statement[]): AclWorld['acls'] {
  return new Map(
    statementsOf(statements, 'acl').map((statement) => [
      statement.words[1] ?? '',
      statement.block ?? [],
    ]),
  )
}

/**
 * Whether the list lets the address in. The first element that matches decides; in a list within
 * a list, one that matches with "!" counts as no match at all, and the outer list goes on, as
 * dns_acl_match() does it. Elements that need more than an address (keys, places) match nothing.
 */
export function aclMatches(
  list: readonly Statement[],
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
export function listText(list: readonly Statement[]): string {
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
  { words, block }: Statement,
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
