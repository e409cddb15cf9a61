// A firewall's chains as its own programs print them. Nothing here follows a packet. Pure.

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
