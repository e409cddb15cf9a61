// The rules of iptables, from what iptables-save prints.
import {
  type Action,
  type Base,
  type Chain,
  type Condition,
  type Field,
  protocolName,
  type Rule,
  type Ruleset,
} from './rules.ts'

const HOOKS: Readonly<Record<string, Base['hook']>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
}

/**
 * The chains of all tables but nat, which sees the first packet of a connection only and drops none.
 *
 * @param program names it for people, such as "iptables-legacy"
 * @param tables those to read, or null for all
 */
export function parseIptables(
  text: string,
  family: 4 | 6,
  program: string,
  tables: readonly string[] | null = null,
): Ruleset {
  const chains = new Map<string, Chain & { rules: Rule[] }>()
  let table = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim()
    if (table === 'nat' || (tables !== null && !tables.includes(table))) continue
    const nameOf = (chain: string) => `${program} ${table} ${chain}`
    const declared = /^:(\S+) (\S+)/.exec(line)
    if (declared !== null) {
      const [, chain = '', policy] = declared
      const hook = HOOKS[chain]
      const base: Base | null =
        hook === undefined
          ? null
          : { hook, policy: policy === 'DROP' ? 'drop' : 'accept', device: null, family }
      const title = `${program}, table ${table}, chain ${chain}`
      chains.set(nameOf(chain), { name: nameOf(chain), title, base, rules: [] })
      continue
    }
    const added = /^-A (\S+) (.*)$/.exec(line)
    if (added === null) continue
    const [, chain = '', rest = ''] = added
    chains.get(nameOf(chain))?.rules.push(ruleFrom(words(rest), line, nameOf))
  }
  return [...chains.values()]
}

/** Words as iptables-save quotes them. */
function words(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map((it) => it[1] ?? it[2] ?? '')
}

/** Options with one value that say nothing about which packets are meant. */
const SILENT = ['-m', '--comment', '--reject-with', '--log-prefix', '--log-level', '--set-mark']
const FIELDS: Readonly<Record<string, Field>> = {
  '-i': 'iif',
  '-o': 'oif',
  '-p': 'protocol',
  '-s': 'source',
  '-d': 'destination',
  '--dport': 'dport',
  '--dports': 'dport',
  '--sport': 'sport',
  '--sports': 'sport',
  '--pkt-type': 'packetType',
  '--ctstate': 'state',
  '--state': 'state',
}
const ACTIONS: Readonly<
  Record<string, Action['kind'] & ('accept' | 'drop' | 'reject' | 'return' | 'continue')>
> = {
  ACCEPT: 'accept',
  DROP: 'drop',
  REJECT: 'reject',
  RETURN: 'return',
  LOG: 'continue',
  NFLOG: 'continue',
  MARK: 'continue',
  CONNMARK: 'continue',
}

function ruleFrom(args: readonly string[], label: string, nameOf: (chain: string) => string): Rule {
  const conditions: Condition[] = []
  let action: Action = { kind: 'continue' }
  let negated = false
  for (let at = 0; at < args.length; at += 1) {
    const option = args[at] ?? ''
    const value = args[at + 1] ?? ''
    const field = FIELDS[option]
    if (option === '!') {
      negated = true
      continue
    }
    if (option === '-j' || option === '-g') {
      action = actionFrom(option, value, nameOf)
      at += 1
    } else if (SILENT.includes(option)) {
      at += 1
    } else if (field !== undefined) {
      conditions.push({ field, negated, values: valuesFrom(field, value) })
      at += 1
    } else if (option.startsWith('-')) {
      // An option that is not known here, with as many values as it may have.
      conditions.push({ field: 'other', negated, values: [{ kind: 'unknown' }] })
    }
    negated = false
  }
  return { conditions, action, label }
}

function actionFrom(option: string, target: string, nameOf: (chain: string) => string): Action {
  const kind = ACTIONS[target]
  if (kind !== undefined) return { kind }
  if (/^[A-Z0-9]+$/.test(target) && BUILT_IN.includes(target)) return { kind: 'unknown' }
  return { kind: option === '-g' ? 'goto' : 'jump', chain: nameOf(target) }
}

/** Targets that are no chains: what they do to a packet is not followed. */
const BUILT_IN = ['DNAT', 'SNAT', 'REDIRECT', 'TPROXY', 'QUEUE', 'NFQUEUE', 'TEE', 'CT', 'SET']

function valuesFrom(field: Field, text: string): Condition['values'] {
  return text.split(',').map((it) => {
    const ports = field === 'dport' ? /^(\d*):(\d*)$/.exec(it) : null
    if (ports !== null) {
      return { kind: 'ports', from: Number(ports[1] || 0), to: Number(ports[2] || 65_535) }
    }
    if (field === 'source' || field === 'destination') return { kind: 'network', cidr: it }
    if (field === 'protocol') return { kind: 'one', text: protocolName(it) }
    if (field === 'state') return { kind: 'one', text: it.toLowerCase() }
    const isWildcard = (field === 'iif' || field === 'oif') && it.endsWith('+')
    return { kind: 'one', text: isWildcard ? `${it.slice(0, -1)}*` : it }
  })
}
