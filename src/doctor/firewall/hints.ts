// Where a firewall may drop what was seen to be dropped: its rules as hints, and how to let it through. Pure.
import type { Family } from '../../dns/probe.ts'
import type { Chain } from './rules.ts'

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
const HOOKS = {
  in: ['ingress', 'prerouting', 'input'],
  out: ['output', 'postrouting', 'egress'],
} as const
/** Verdicts that end a packet, or leave it to a map or a program. */
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
  const has = (way: 'in' | 'out') => HOOKS[way].some((name) => name === hook)
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
  const more = left > 0 ? [`and ${left} more rules that drop something`] : []
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
