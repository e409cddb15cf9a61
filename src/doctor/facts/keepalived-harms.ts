// Lines of a keepalived.conf that do harm whoever wrote it: they silence an address, turn clients away, or bend the election. Pure.
import {
  addressIn,
  inside,
  isMeant,
  virtualServersIn,
} from '../../config/keepalived/pass-through.ts'
import type { Conf, Statement } from '../../config/keepalived/reader.ts'
import {
  type BlockKind,
  type Harm,
  isAway,
  isOn,
  judge,
  keywordOf,
} from '../../config/keepalived/words.ts'

export interface HarmfulLine {
  readonly harm: Exclude<Harm, 'rendered'>
  readonly keyword: string
  readonly why: string
  readonly statement: Statement
  /** The vrrp_instance that it is about, or null for all. */
  readonly instance: string | null
}

/** @param readsOff whether this keepalived takes `vrrp_strict off` for off, as from 2.3.0 on */
export function harmsIn({ statements }: Conf, readsOff: boolean): readonly HarmfulLine[] {
  const bodies = (keyword: string) =>
    statements
      .filter((statement) => keywordOf(statement) === keyword)
      .flatMap((statement) => statement.body ?? [])
  const globals = bodies('global_defs')
  return [
    ...harmful('file', statements, null),
    ...harmful('global_defs', globals, null).filter(({ keyword }) => keyword !== 'vrrp_strict'),
    ...harmful('garp_group', bodies('garp_group'), null),
    ...statements
      .filter((statement) => keywordOf(statement) === 'vrrp_instance')
      .flatMap((statement) => harmsOfInstance(statement, globals, readsOff)),
  ]
}

const SILENT_WORDS = ['strict_mode', 'no_accept']

/**
 * keepalived silences an instance when it does not accept: told so, or strict and not told otherwise. In
 * VRRPv2 a strict one does not accept whatever it is told.
 *
 * @returns all lines that must go, those included that count only when others are gone
 */
function harmsOfInstance(
  { words, body }: Statement,
  globals: readonly Statement[],
  readsOff: boolean,
): readonly HarmfulLine[] {
  const own = body ?? []
  const name = words[1] ?? ''
  const last = (all: readonly Statement[], ...keywords: readonly string[]) =>
    all.filter((statement) => keywords.includes(keywordOf(statement))).at(-1)
  const others = harmful('vrrp_instance', own, name).filter(
    ({ keyword }) => !SILENT_WORDS.includes(keyword),
  )
  const accept = last(own, 'accept', 'no_accept')
  const isDeaf = accept !== undefined && keywordOf(accept) === 'no_accept'
  const version = last(own, 'version') ?? last(globals, 'vrrp_version')
  const isV2 = (version?.words[1] ?? '2') === '2' && !isIpv6(own)
  const mode = last(own, 'strict_mode')
  const general = last(globals, 'vrrp_strict')
  const isStrict = mode === undefined ? general !== undefined : isOn(mode)
  const counts = isDeaf || accept === undefined || isV2
  const lines = (kind: BlockKind, all: readonly Statement[], keyword: string) =>
    harmful(kind, all, name).filter((harmfulLine) => harmfulLine.keyword === keyword)
  return [
    ...others,
    ...(isDeaf ? lines('vrrp_instance', own, 'no_accept') : []),
    ...(isStrict && counts ? lines('vrrp_instance', own, 'strict_mode') : []),
    ...(isStrict && counts && general !== undefined && (isOn(general) || !readsOff)
      ? lines('global_defs', globals, 'vrrp_strict')
      : []),
  ]
}

function isIpv6(body: readonly Statement[]): boolean {
  const [first] = body.filter((statement) => keywordOf(statement) === 'virtual_ipaddress')
  return first?.body?.[0]?.words[0]?.includes(':') ?? false
}

function harmful(
  kind: BlockKind,
  statements: readonly Statement[],
  instance: string | null,
): readonly HarmfulLine[] {
  return statements.flatMap((statement) => lineOf(kind, statement, instance))
}

function lineOf(
  kind: BlockKind,
  statement: Statement,
  instance: string | null,
): readonly HarmfulLine[] {
  const word = judge(kind, statement)
  if (word === null || word.harm === 'rendered') return []
  const { harm, why } = word
  const meant = harm === 'away' ? (statement.body ?? []).filter(isAway) : [statement]
  const keyword = keywordOf(statement)
  return meant.map((found) => ({ harm, keyword, why, statement: found, instance }))
}

const HELD = ['virtual_ipaddress', 'virtual_ipaddress_excluded']
/** Port 0 is every port, as none is. */
const PORTS = [undefined, '0', '53']

/** Where IPVS takes the queries to an address that an instance of this file holds. */
export function takenByIpvs({ statements }: Conf): readonly HarmfulLine[] {
  const blocks = (keyword: RegExp) =>
    statements.filter((statement) => keyword.test(keywordOf(statement)))
  const holders = blocks(/^vrrp_instance$/).flatMap((block) =>
    inside(block, HELD).map(({ words }) => ({
      name: block.words[1] ?? '',
      address: addressIn(words),
    })),
  )
  return blocks(/^virtual_server(?:_group)?$/).flatMap((block) =>
    virtualServersIn(block).flatMap((virtualServer): HarmfulLine[] => {
      const holder = holders.find(
        (one) => one.address !== null && isMeant(virtualServer.words, one.address),
      )
      if (holder === undefined || !PORTS.includes(virtualServer.words[1])) return []
      const keyword = keywordOf(block)
      const statement = keyword === 'virtual_server' ? block : virtualServer
      return [{ harm: 'away', keyword, why: BY_IPVS, statement, instance: holder.name }]
    }),
  )
}

const BY_IPVS = 'IPVS takes the queries to this service address before named sees them'

/** The table that keepalived has for its rules in nftables. */
export function ownTableIn({ statements }: Conf): string {
  const globals = statements.filter((statement) => keywordOf(statement) === 'global_defs')
  const named = globals
    .flatMap((global) => global.body ?? [])
    .filter((statement) => keywordOf(statement) === 'nftables')
  return named.at(-1)?.words[1] ?? 'keepalived'
}

/**
 * The addresses to which a table of keepalived's drops all packets.
 *
 * @param text what `nft list table` says of it
 */
export function droppedIn(text: string): readonly string[] {
  const sets = text.matchAll(/\bdaddr @(\w+) (?:counter [^;\n]*)?drop/g)
  return [...sets].flatMap(([, name]) => {
    const set = new RegExp(`\\bset ${name} \\{[^{}]*elements = \\{([^{}]*)\\}`).exec(text)
    return (set?.[1] ?? '').split(',').flatMap((part) => part.trim() || [])
  })
}
