// Whole blocks that an operator passes through, against the instances that are rendered beside them.
import type { Partly } from '../key.ts'
import type { ConfigDocument } from '../schema.ts'
import { type PlacedComplaint, quoted } from '../text/complaint.ts'
import { canonicalAddress } from '../values/ip.ts'
import { statementsIn } from './pass-through.ts'
import type { Statement } from './reader.ts'
import { judge, keywordOf } from './words.ts'

/** The names that keepalived has for instances and sync groups, and who has each service address. */
export interface Rendered {
  readonly names: ReadonlySet<string>
  readonly owners: ReadonlyMap<string, string>
  /** See `routerKey`. */
  readonly routers: ReadonlyMap<string, string>
  /** Whether IPVS takes what comes to the service addresses. */
  readonly balances: boolean
}

/** Blocks that take an instance or its addresses away from the election that is rendered. */
export function checkPassedBlocks(
  { keepalived }: Partly<ConfigDocument>,
  rendered: Rendered,
): PlacedComplaint[] {
  const lines = keepalived?.extra?.file ?? []
  return statementsIn(lines.map((line) => line ?? '')).flatMap((block) =>
    wrongIn(block, rendered).map(({ line, ...complaint }) => ({
      code: 'E_EXTRA' as const,
      path: ['keepalived', 'extra', 'file', line - 1],
      ...complaint,
    })),
  )
}

interface Wrong {
  readonly line: number
  readonly text: string
  readonly hint: string
}

/** What makes a virtual router one: RFC 9568 section 5.2.3. */
export function routerKey(id: string | number, family: 4 | 6, link: string): string {
  return `${id} ${family} ${link}`
}

function wrongIn(block: Statement, rendered: Rendered): readonly Wrong[] {
  const { names, owners, balances } = rendered
  const keyword = keywordOf(block)
  const [, name = ''] = block.words
  switch (keyword) {
    case 'vrrp_sync_group':
      return inside(block, ['group']).flatMap(({ words, line }) =>
        words
          .filter((word) => names.has(word))
          .map((word) => ({
            line,
            text: `${quoted(word)} cannot be put into a sync group`,
            hint: 'an instance in a sync group loses what it tracks, and moves with the others',
          })),
      )
    case 'vrrp_instance': {
      const twice = names.has(name)
        ? [{ line: block.line, text: `${quoted(name)} is rendered already`, hint: OWN_LINES }]
        : []
      const addresses = inside(block, ['virtual_ipaddress', 'virtual_ipaddress_excluded'])
      return [
        ...twice,
        ...taken(addresses, owners, 'two elections would move it'),
        ...sameRouter(block, rendered),
        ...turnedAway(block),
      ]
    }
    case 'virtual_server':
    case 'virtual_server_group':
      return balances ? [] : taken(virtualServersIn(block), owners, BY_IPVS)
    case 'static_ipaddress':
      return taken(block.body ?? [], owners, 'every server would have it at once')
    default:
      return []
  }
}

const BY_IPVS = 'IPVS would take its queries before named sees them'

/** What IPVS is to take, in a `virtual_server` or a group of them: address and port are the first words. */
export function virtualServersIn(block: Statement): readonly Statement[] {
  const isOne = keywordOf(block) === 'virtual_server'
  return isOne ? [{ ...block, words: block.words.slice(1) }] : (block.body ?? [])
}

const OWN_LINES = 'write its lines into extra of the instance'

/** Two instances that are one virtual router hear each other's adverts, and one of them gives way. */
function sameRouter(block: Statement, { routers }: Rendered): readonly Wrong[] {
  const last = (keyword: string) =>
    block.body?.findLast((statement) => keywordOf(statement) === keyword)
  const [first] = inside(block, ['virtual_ipaddress'])
  const [id, link] = [last('virtual_router_id'), last('interface')]
  const family = first?.words[0]?.includes(':') ? 6 : 4
  const owner = routers.get(routerKey(id?.words[1] ?? '', family, link?.words[1] ?? ''))
  if (id === undefined || owner === undefined) return []
  const text = `virtual router ${id.words[1]} on ${link?.words[1]} is ${quoted(owner)} already`
  const hint = 'give each instance on an interface a number of its own, from 1 to 255'
  return [{ line: id.line, text, hint }]
}

function turnedAway(block: Statement): readonly Wrong[] {
  const routes = (block.body ?? []).filter((statement) =>
    /^virtual_(?:routes|rules)$/.test(keywordOf(statement)),
  )
  return routes.flatMap((route) => {
    const word = judge('vrrp_instance', route)
    if (word === null) return []
    const text = `${quoted(keywordOf(route))} cannot be passed through here`
    return [{ line: route.line, text, hint: word.why }]
  })
}

function taken(
  statements: readonly Statement[],
  owners: Rendered['owners'],
  hint: string,
): readonly Wrong[] {
  return statements.flatMap(({ words, line }) => {
    const [address, owner] = [...owners].find((candidate) => isMeant(words, candidate[0])) ?? []
    if (owner === undefined) return []
    const text = `${address} is a service address of ${quoted(owner)}`
    return [{ line, text, hint: `${hint}: remove it here` }]
  })
}

/** The first word as an address, without its prefix length and without the end of a range. */
export function addressIn([first = '']: readonly string[]): string | null {
  return canonicalAddress(first.split(/[/-]/, 1)[0] ?? '')
}

/** Whether the first word is this address, in its canonical form, or a range with it: `192.0.2.50-60`. */
export function isMeant(words: readonly string[], address: string): boolean {
  const range = /^(.*[.:])([\da-f]+)-([\da-f]+)/i.exec(words[0] ?? '')
  if (range === null) return addressIn(words) === address
  const [, head = '', from = '', to = ''] = range
  const radix = head.includes(':') ? 16 : 10
  const last = address.slice(Math.max(address.lastIndexOf('.'), address.lastIndexOf(':')) + 1)
  const number = Number.parseInt(last || '0', radix)
  const isWithin = number >= Number.parseInt(from, radix) && number <= Number.parseInt(to, radix)
  return isWithin && canonicalAddress(`${head}${last || '0'}`) === address
}

export function inside(block: Statement, keywords: readonly string[]): readonly Statement[] {
  const found = (block.body ?? []).filter((statement) => keywords.includes(keywordOf(statement)))
  return found.flatMap((statement) => statement.body ?? [])
}
