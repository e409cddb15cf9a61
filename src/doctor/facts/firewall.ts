// The firewall of this host: the chains of nftables, and of iptables where it has rules of its own.
import { type Chain, parseIptables, parseNft } from '../firewall/rules.ts'
import { fact, type Host } from '../host.ts'

export type Firewall =
  | { readonly kind: 'rules'; readonly chains: readonly Chain[] }
  | { readonly kind: 'none'; readonly why: string }

export const firewallFact = fact(async (host): Promise<Firewall> => {
  const { inspect } = host
  if (inspect.uid !== 0)
    return { kind: 'none', why: 'needs root: who is not may not read the firewall' }
  // Terse: a set may have a hundred thousand addresses.
  const run = await inspect.run('nft', ['-a', '-t', 'list', 'ruleset'])
  if (!run.ok && run.why !== 'missing') return { kind: 'none', why: run.error }
  if (run.ok && run.value.code !== 0) return { kind: 'none', why: 'nft does not tell its rules' }
  const programs = [...(run.ok ? [] : ['iptables', 'ip6tables']), ...legacyIn(host)]
  const read = await Promise.all(programs.map((it) => chainsOf(host, it)))
  const chains = run.ok ? [...parseNft(run.value.stdout, run.value.stderr)] : []
  for (const its of read) {
    if (typeof its === 'string') return { kind: 'none', why: its }
    chains.push(...its)
  }
  return { kind: 'rules', chains }
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
async function chainsOf({ inspect }: Host, program: string): Promise<readonly Chain[] | string> {
  const run = await inspect.run(`${program}-save`, [])
  if (!run.ok) return run.why === 'missing' ? [] : run.error
  if (run.value.code === 0) return parseIptables(run.value.stdout, program)
  return `${program}-save says ${run.value.stderr.trim().split('\n', 1)[0] || 'nothing'}`
}
