// The firewall of this host: the rules of nftables, and of iptables where it has rules of its own.
import { parseIptables } from '../firewall/iptables.ts'
import { parseNft } from '../firewall/nft.ts'
import type { Chain, Rule, Ruleset } from '../firewall/rules.ts'
import { fact, type Host } from '../host.ts'

export type Firewall =
  | {
      readonly kind: 'rules'
      readonly ruleset: Ruleset
      /** What was read, such as "nft". */
      readonly sources: readonly string[]
    }
  | { readonly kind: 'none'; readonly why: string }

export const firewallFact = fact(async (host): Promise<Firewall> => {
  const { inspect } = host
  if (inspect.uid !== 0)
    return { kind: 'none', why: 'needs root: who is not may not read the firewall' }
  const run = await inspect.run('nft', ['-j', 'list', 'ruleset'])
  if (!run.ok && run.why !== 'missing') return { kind: 'none', why: run.error }
  const nft = run.ok ? parseNft(run.value.stdout) : { chains: [], opaque: [] }
  if (nft === null) return { kind: 'none', why: 'nft does not tell its rules' }
  const programs = [...iptablesFor(nft.opaque, run.ok), ...legacyFor(host)]
  const read = await Promise.all(programs.map((it) => rulesOf(host, it)))
  const refused = read.find((it) => typeof it === 'string')
  if (refused !== undefined) return { kind: 'none', why: String(refused) }
  const chains = read.flatMap((it) => (typeof it === 'string' ? [] : it))
  const sources = [...(run.ok ? ['nft'] : []), ...programs.map((it) => it.program)]
  if (sources.length === 0) return { kind: 'none', why: 'neither nft nor iptables is installed' }
  return { kind: 'rules', ruleset: [...nft.chains, ...chains], sources }
})

interface Iptables {
  readonly program: string
  readonly family: 4 | 6
  /** Null for all. */
  readonly tables: readonly string[] | null
}

/** The iptables of nftables: only for tables that nft cannot tell, or where there is no nft. */
function iptablesFor(opaque: readonly string[], hasNft: boolean): Iptables[] {
  const versions = [
    { program: 'iptables', prefix: 'ip ', family: 4 },
    { program: 'ip6tables', prefix: 'ip6 ', family: 6 },
  ] as const
  return versions.flatMap(({ program, prefix, family }): Iptables[] => {
    if (!hasNft) return [{ program, family, tables: null }]
    const tables = opaque.filter((it) => it.startsWith(prefix)).map((it) => it.slice(prefix.length))
    return tables.length === 0 ? [] : [{ program, family, tables }]
  })
}

/** The kernel names the tables of the older interface in use, one a line. */
function legacyFor({ inspect }: Host): Iptables[] {
  const versions = [
    { program: 'iptables-legacy', names: '/proc/net/ip_tables_names', family: 4 },
    { program: 'ip6tables-legacy', names: '/proc/net/ip6_tables_names', family: 6 },
  ] as const
  return versions.flatMap(({ program, names, family }): Iptables[] => {
    const read = inspect.text(names)
    return read.ok && read.value.trim() !== '' ? [{ program, family, tables: null }] : []
  })
}

/** The chains, or why they cannot be had. A program that is not there has no rules. */
async function rulesOf(
  host: Host,
  { program, family, tables }: Iptables,
): Promise<Ruleset | string> {
  const run = await host.inspect.run(`${program}-save`, [])
  if (!run.ok) return run.why === 'missing' ? [] : run.error
  if (run.value.code === 0) return parseIptables(run.value.stdout, family, program, tables)
  return `${program}-save says ${run.value.stderr.trim().split('\n', 1)[0] ?? 'nothing'}`
}

/** What to show of a rule that drops: its words, as the firewall's own program prints them. */
export async function wordsOf(host: Host, chain: Chain, rule: Rule | null): Promise<string[]> {
  if (rule === null) return [`${chain.title}: policy drop`]
  if (rule.label.startsWith('-A')) return [`${chain.title}:`, rule.label]
  const run = await host.inspect.run('nft', ['-a', 'list', 'chain', ...chain.name.split(' ')])
  const lines = run.ok ? run.value.stdout.split('\n') : []
  const line = lines.find((it) => it.endsWith(`# handle ${rule.label}`))
  return [`${chain.title}:`, line?.trim() ?? `the rule with handle ${rule.label}`]
}
