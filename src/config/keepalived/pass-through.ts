// Lines and blocks that an operator passes through to keepalived.conf, and what they must not do there.
import type { ComplaintSink, Schema } from '../key.ts'
import { type Reader, textAs } from '../readers.ts'
import { leaf, list } from '../schema-parts.ts'
import { bad, type Complaint, good, type PlacedComplaint, quoted } from '../text/complaint.ts'
import { canonicalAddress } from '../values/ip.ts'
import { piecesOf, readConf, type Statement, withoutRemark } from './reader.ts'
import { type BlockKind, judge, keywordOf } from './words.ts'

type PassThroughBlock = Exclude<BlockKind, 'garp_group'>

const readLine: Reader<string> = textAs('a line', (text) => {
  if (text.trim() === '') return bad('E_EMPTY', 'this line is empty', 'remove it')
  const hint = 'write one line of keepalived.conf in each text'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
  if (/[\u0000-\u0008\u000a-\u001f\u007f]|\\\s*$/.test(text))
    return bad('E_EXTRA', `${quoted(text)} is not one line`, hint)
  return good(text)
})

/** Lines for a block: whole sub-blocks may be among them, but nothing that ends the block itself. */
export function passThrough(block: PassThroughBlock): Schema<readonly string[]> {
  return list(leaf(readLine), (written, report) => checkLines(block, written, report))
}

function checkLines(block: BlockKind, written: readonly unknown[], report: ComplaintSink): void {
  const lines = written.map((line) => (typeof line === 'string' ? line : ''))
  const refused = refusals(block, statementsIn(lines))
  let depth = 0
  for (const [index, line] of lines.entries()) {
    const { ends, opens } = braces(line, depth)
    const wrong = refused.get(index) ?? hidesBraces(line) ?? (ends ? closesTooMuch(line) : null)
    if (wrong !== null) report(wrong, [index])
    depth = opens
  }
  if (depth === 0) return
  const text = `${depth === 1 ? 'a block is' : `${depth} blocks are`} not closed at the end of these lines`
  report({ code: 'E_EXTRA', text, hint: 'add "}" as the last line' }, [lines.length - 1])
}

/** The statements of such lines, those for one host only (`@ns1 …`) included; each has its line, from 1. */
function statementsIn(lines: readonly string[]): readonly Statement[] {
  const text = lines.map((line) => line.replaceAll('\n', ' ')).join('\n')
  return readConf({ path: '', text }, { configId: null, open: null }).statements
}

/** The first complaint about each line, by its index. */
function refusals(block: BlockKind, statements: readonly Statement[]): Map<number, Complaint> {
  const found = new Map<number, Complaint>()
  for (const statement of statements) {
    const complaint = refusal(block, statement)
    const index = statement.line - 1
    if (complaint !== null && !found.has(index)) found.set(index, complaint)
    const inner = block === 'file' ? INNER.find((kind) => kind === keywordOf(statement)) : undefined
    if (inner === undefined) continue
    for (const [at, entry] of refusals(inner, statement.body ?? [])) found.set(at, entry)
  }
  return found
}

/** Blocks that count for all instances wherever they stand. */
const INNER: readonly BlockKind[] = ['global_defs', 'garp_group']

function refusal(block: BlockKind, statement: Statement): Complaint | null {
  const keyword = keywordOf(statement)
  const text = `${quoted(keyword)} cannot be passed through here`
  if (/\$|~/.test(keyword)) {
    const hint = 'keepalived alone knows what it stands for: write the word itself'
    return { code: 'E_EXTRA', text, hint }
  }
  const word = judge(block, statement)
  return word === null ? null : { code: 'E_EXTRA', text, hint: word.why }
}

function closesTooMuch(line: string): Complaint {
  const text = `${quoted(line)} closes a block that these lines have not opened`
  return { code: 'E_EXTRA', text, hint: 'remove the "}"' }
}

/** Counts braces outside of quotes and remarks. */
function braces(line: string, depth: number): { ends: boolean; opens: number } {
  let opens = depth
  let ends = false
  for (const { brace } of piecesOf(withoutRemark(line))) {
    if (brace === null) break
    opens += brace === '{' ? 1 : -1
    if (opens >= 0) continue
    ends = true
    opens = 0
  }
  return { ends, opens }
}

/** Braces that keepalived sees on some hosts only, or where their name stands. */
function hidesBraces(line: string): Complaint | null {
  const pieces = piecesOf(withoutRemark(line))
  const [, ...others] = pieces
  const text = `${quoted(line.trim())} cannot be passed through here`
  if (others.length > 0 && pieces.some((piece) => /^\s*\$\w+=/.test(piece.text)))
    return {
      code: 'E_EXTRA',
      text,
      hint: 'a definition cannot hold braces: write them where they count',
    }
  if (others.some((other) => /^\s*@/.test(other.text)))
    return {
      code: 'E_EXTRA',
      text,
      hint: 'begin a new line before the "@": other hosts leave out the rest of this one',
    }
  return null
}

/** The names that keepalived has for instances and sync groups, and who has each service address. */
export interface RenderedNames {
  readonly names: ReadonlySet<string>
  readonly owners: ReadonlyMap<string, string>
  /** See `routerKey`. */
  readonly routers: ReadonlyMap<string, string>
  /** Whether IPVS takes what comes to the service addresses. */
  readonly balances: boolean
}

/** Blocks that take an instance or its addresses away from the election that is rendered. */
export function checkPassedBlocks(
  lines: readonly (string | undefined)[],
  rendered: RenderedNames,
): PlacedComplaint[] {
  return statementsIn(lines.map((line) => line ?? '')).flatMap((block) =>
    wrongIn(block, rendered).map(({ line, ...complaint }) => ({
      code: 'E_EXTRA' as const,
      path: ['keepalived', 'extra_lines', 'file', line - 1],
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

function wrongIn(block: Statement, rendered: RenderedNames): readonly Wrong[] {
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

const OWN_LINES = 'write its lines into extra_lines of the instance'

/** Two instances that are one virtual router hear each other's adverts, and one of them gives way. */
function sameRouter(block: Statement, { routers }: RenderedNames): readonly Wrong[] {
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
  owners: RenderedNames['owners'],
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
