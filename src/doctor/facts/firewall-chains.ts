// The firewall of this host: the chains of nftables, and of iptables where it has rules of its own.

import { isSkip, type Skip, skip } from '../doctor-check.ts'
import { type Chain, parseIptables, parseNft } from '../firewall/rules.ts'
import { fact, type Host } from '../host.ts'

export const firewallFact = fact(async (host): Promise<readonly Chain[] | Skip> => {
  const { inspect } = host
  if (inspect.uid !== 0) return skip('needs root: who is not may not read the firewall')
  // Terse: a set may have a hundred thousand addresses.
  const run = await inspect.run('nft', ['-a', '-t', 'list', 'ruleset'])
  if (!run.ok && run.why !== 'missing') return skip(run.error)
  if (run.ok && run.value.code !== 0) return skip('nft does not tell its rules')
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
  return skip(`${program}-save says ${run.value.stderr.trim().split('\n', 1)[0] || 'nothing'}`)
}
