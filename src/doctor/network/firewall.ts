// The firewall of this host: the chains that may drop what was seen to be dropped, and how to let it through.
// Nothing here follows a packet: what is on the wire decides, and rules are hints.
import type { Family } from '../../dns/probe.ts'
import { isSkip, type Skip, skip } from '../doctor-check.ts'
import { fact, type Host } from '../host.ts'

export const firewallFact = fact(async (host): Promise<readonly Chain[] | Skip> => {
  const { inspect } = host
  if (inspect.uid !== 0) return skip('needs root to read the firewall')
  // Terse: a set may have a hundred thousand addresses.
  const run = await inspect.run('nft', ['-a', '-t', 'list', 'ruleset'])
  if (!run.ok && run.why !== 'missing') return skip(run.error)
  if (run.ok && run.value.code !== 0) return skip('nft prints no rules')
  const programs = [...(run.ok ? [] : ['iptables', 'ip6tables']), ...legacyIn(host)]
  const read = await Promise.all(programs.map((program) => chainsOf(host, program)))
  const chains = run.ok ? parseNft(run.value.stdout, run.value.stderr) : []
  return read.find(isSkip) ?? [...chains, ...read.flatMap((its) => (isSkip(its) ? [] : its))]
})

/** The kernel names the tables of the older interface in use, one a line. */
function legacyIn({ inspect }: Host): readonly string[] {
  const names = { 'iptables-legacy': 'ip_tables_names', 'ip6tables-legacy': 'ip6_tables_names' }
  return Object.entries(names).flatMap(([program, file]) => {
    const read = inspect.text(`/proc/net/${file}`)
    return read.ok && read.value.trim() !== '' ? [program] : []
  })
}

/** The chains, or why they cannot be had. A program that is not there has no rules. */
async function chainsOf({ inspect }: Host, program: string): Promise<readonly Chain[] | Skip> {
  const run = await inspect.run(`${program}-save`, [])
  if (!run.ok) return run.why === 'missing' ? [] : skip(run.error)
  if (run.value.code === 0) return parseIptables(run.value.stdout, program)
  return skip(`${program}-save prints ${run.value.stderr.trim().split('\n', 1)[0] || 'nothing'}`)
}

/** One chain of rules; with a hook it is one that packets come by. */
export interface Chain {
  /** What changes it: "nft", "iptables", "ip6tables-legacy". */
  readonly program: string
  /** As nftables names families: "inet", "ip", "ip6", "netdev", "bridge". */
  readonly family: string
  readonly table: string
  readonly name: string
  /** "input", "output", …; null for one that others jump to. */
  readonly hook: string | null
  readonly policyDrops: boolean
  /** The text that declares its hook, with the devices that it sees, where it sees some only. */
  readonly declaration: string
  readonly rules: readonly string[]
}

type Draft = { -readonly [Key in keyof Chain]: Chain[Key] } & { rules: string[] }

const TABLE = /^table (\S+) (\S+) \{/
const CHAIN = /^\s+chain (\S+) \{/
const BASE = /^\s+type \S+ hook (\w+) (.*)$/
/** What `nft list ruleset` says on stderr of a table that it had better not change. */
const MANAGED = /table (ip6?) (\S+) is managed by iptables-nft/g

/**
 * What `nft -a -t list ruleset` prints.
 *
 * @param said its stderr, which names the tables that iptables looks after
 */
export function parseNft(text: string, said: string): readonly Chain[] {
  const managed = new Set([...said.matchAll(MANAGED)].map((match) => `${match[1]} ${match[2]}`))
  const chains: Draft[] = []
  let [family, table] = ['', '']
  let chain: Draft | null = null
  for (const line of text.split('\n')) {
    const begun = TABLE.exec(line)
    const opened = CHAIN.exec(line)
    const based = BASE.exec(line)
    if (begun !== null) [, family = '', table = ''] = begun
    else if (opened !== null) {
      const program = managed.has(`${family} ${table}`) ? programOf(family) : 'nft'
      chain = draft(program, family, table, opened[1] ?? '')
      chains.push(chain)
    } else if (/^\s*\}/.test(line)) chain = null
    else if (chain !== null && based !== null) {
      chain.hook = based[1] ?? null
      chain.declaration = based[2] ?? ''
      chain.policyDrops = /\bpolicy drop;/.test(line)
    } else if (chain !== null && line.trim() !== '') chain.rules.push(line.trim())
  }
  return chains
}

function programOf(family: string): string {
  return family === 'ip6' ? 'ip6tables' : 'iptables'
}

function draft(program: string, family: string, table: string, name: string): Draft {
  const nothing = { hook: null, policyDrops: false, declaration: '', rules: [] }
  return { program, family, table, name, ...nothing }
}

const HOOKS = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']

/**
 * What `iptables-save` or `ip6tables-save` prints.
 *
 * @param program what changes these rules, such as "iptables-legacy"
 */
export function parseIptables(text: string, program: string): readonly Chain[] {
  const family = program.startsWith('ip6') ? 'ip6' : 'ip'
  const chains: Draft[] = []
  let table = ''
  for (const line of text.split('\n')) {
    const declared = /^:(\S+) (\S+)/.exec(line)
    const added = /^-A (\S+) /.exec(line)
    if (line.startsWith('*')) table = line.slice(1).trim()
    else if (declared !== null) {
      const [, name = '', policy] = declared
      const chain = draft(program, family, table, name)
      chain.hook = HOOKS.includes(name) ? name.toLowerCase() : null
      chain.policyDrops = policy === 'DROP'
      chains.push(chain)
    } else if (added !== null) {
      chains.find((chain) => chain.table === table && chain.name === added[1])?.rules.push(line)
    }
  }
  return chains
}

/** What does not get through. */
export interface Lost {
  readonly directions: readonly ('in' | 'out')[]
  /** Where; empty for all. */
  readonly interfaces: readonly string[]
  readonly families: readonly Family[]
  /** What a rule says that means it: a protocol, a port, an address. */
  readonly mentions: RegExp
  /** What a rule must say to let it through, for packets that arrive and for those that leave. */
  readonly allow: Readonly<Record<'in' | 'out', readonly { nft: string; iptables: string }[]>>
}

/** The ways of netfilter that a packet takes here, to a program of this host or from one. */
const WAYS = {
  in: ['ingress', 'prerouting', 'input'],
  out: ['output', 'postrouting', 'egress'],
} as const
/** Statements that end a packet, or leave it to a map or a program. */
const DROPS = /\b(drop|reject|nfqueue|queue|vmap)\b/i
const JUMP = /(?:\b(?:jump|goto)|-[jg]) ([^\s,}]+)/g
/** Numbers that say nothing of what a rule is about. */
const COUNTED = /\bpackets \d+ bytes \d+|# handle \d+$/g
const MAX_HINTS = 6

/** The chains on its way that can drop anything at all. */
export function suspects(chains: readonly Chain[], lost: Lost): readonly Chain[] {
  return chains.filter((chain) => directionOf(chain, lost) !== null && canDrop(chain, chains))
}

function directionOf({ hook, family, declaration }: Chain, lost: Lost): 'in' | 'out' | null {
  const devices = /\bdevices? (?:= )?(.*?) priority/.exec(declaration)?.[1]
  const isThere =
    devices === undefined ||
    lost.interfaces.length === 0 ||
    lost.interfaces.some((name) => named(devices, name))
  const isItsFamily =
    (family !== 'ip' || lost.families.includes(4)) &&
    (family !== 'ip6' || lost.families.includes(6))
  if (!isThere || !isItsFamily || family === 'arp') return null
  const has = (way: 'in' | 'out') => WAYS[way].some((name) => name === hook)
  return lost.directions.find(has) ?? null
}

function named(devices: string, name: string): boolean {
  return devices.split(/[\s{},"]+/).includes(name)
}

function canDrop(chain: Chain, chains: readonly Chain[]): boolean {
  return chain.policyDrops || reached(chain, chains).some((other) => other.rules.some(drops))
}

function drops(rule: string): boolean {
  return DROPS.test(rule)
}

/** The chain, and all that it jumps to. */
function reached(chain: Chain, chains: readonly Chain[]): readonly Chain[] {
  const found = new Set([chain])
  for (const entry of found) {
    for (const [, name] of entry.rules.flatMap((rule) => [...rule.matchAll(JUMP)])) {
      for (const next of chains) {
        const isHere = next.program === entry.program && next.table === entry.table
        if (isHere && next.family === entry.family && next.name === name) found.add(next)
      }
    }
  }
  return [...found]
}

/** Rules to look at: those that drop and mention it; where there are none, all that drop. */
export function hintsAt(chains: readonly Chain[], lost: Lost): readonly string[] {
  const all = [...new Set(suspects(chains, lost).flatMap((suspect) => reached(suspect, chains)))]
  const dropping = all.flatMap((chain) =>
    chain.rules.filter(drops).map((rule) => ({ rule, text: `${titleOf(chain)}: ${rule}` })),
  )
  const meant = dropping.filter(({ rule }) => lost.mentions.test(rule.replace(COUNTED, '')))
  const policies = all
    .filter((chain) => chain.policyDrops)
    .map((chain) => `${titleOf(chain)}: policy drop`)
  const hints = [...(meant.length > 0 ? meant : dropping).map((rule) => rule.text), ...policies]
  const left = hints.length - MAX_HINTS
  const more = left > 0 ? [`and ${left} more rules that drop packets`] : []
  return [...hints.slice(0, MAX_HINTS), ...more].map((hint) => `may drop it: ${hint}`)
}

function titleOf({ program, family, table, name }: Chain): string {
  return program === 'nft'
    ? `table ${family} ${table}, chain ${name}`
    : `${program} -t ${table} ${name}`
}

/**
 * Commands that let it through every chain on its way that can drop anything, by a rule before all
 * others: whichever rule it is, it is not reached.
 */
export function openings(chains: readonly Chain[], lost: Lost): readonly string[] {
  const commands = suspects(chains, lost).flatMap((chain) => {
    const way = directionOf(chain, lost)
    if (way === null) return []
    const places = lost.interfaces.length === 0 ? [null] : lost.interfaces
    return places.flatMap((name) =>
      lost.allow[way].map((words) => opening(chain, way, name, words)),
    )
  })
  return [...new Set(commands)]
}

function opening(
  { program, family, table, name, hook }: Chain,
  way: 'in' | 'out',
  device: string | null,
  words: { readonly nft: string; readonly iptables: string },
): string {
  if (program === 'nft') {
    const where = device === null ? '' : `${way === 'in' ? 'iifname' : 'oifname'} "${device}" `
    return `nft insert rule ${family} ${table} ${name} ${where}${words.nft} accept`
  }
  const where = device === null ? '' : `${way === 'in' ? '-i' : '-o'} ${device} `
  return `${program} -t ${table} -I ${hook?.toUpperCase()} ${where}${words.iptables} -j ACCEPT`
}
