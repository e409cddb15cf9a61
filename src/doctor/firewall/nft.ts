// The rules of nftables, from what `nft -j list ruleset` prints.
import {
  type Action,
  type Base,
  type Chain,
  type Condition,
  type Field,
  protocolName,
  type Rule,
  type Ruleset,
  type Value,
} from './rules.ts'

export interface NftRuleset {
  readonly chains: Ruleset
  /**
   * Tables that iptables keeps and that have matches which nft cannot tell, such as "ip filter":
   * iptables-save can. Their chains are left out.
   */
  readonly opaque: readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

/** Null for a text that is something else. */
export function parseNft(text: string): NftRuleset | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const list = (value as Fields | null)?.nftables
  if (!Array.isArray(list)) return null
  const objects = list.filter(isFields)
  const sets = new Map(objects.flatMap((it) => setIn(it.set ?? it.map)))
  const ruleObjects = objects.flatMap((it) => (isFields(it.rule) ? [it.rule] : []))
  const opaque = new Set(ruleObjects.filter(hasOpaqueMatch).map(tableOf))
  const chains = objects
    .flatMap((it) => (isFields(it.chain) ? [it.chain] : []))
    .filter((it) => !opaque.has(tableOf(it)))
    .flatMap((it) => chainsFrom(it, ruleObjects, sets))
  return { chains, opaque: [...opaque] }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function tableOf({ family, table }: Fields): string {
  return `${family} ${table}`
}

function hasOpaqueMatch(rule: Fields): boolean {
  return expressionsOf(rule).some((it) => isFields(it.xt) && it.xt.name !== 'comment')
}

function expressionsOf({ expr }: Fields): readonly Fields[] {
  return Array.isArray(expr) ? expr.filter(isFields) : []
}

type Sets = ReadonlyMap<string, readonly unknown[]>

function setIn(value: unknown): [string, readonly unknown[]][] {
  if (!isFields(value)) return []
  return [[`${tableOf(value)} ${value.name}`, Array.isArray(value.elem) ? value.elem : []]]
}

const HOOKS = ['ingress', 'prerouting', 'input', 'output', 'postrouting'] as const
const FAMILIES: Readonly<Record<string, 4 | 6 | null>> = { ip: 4, ip6: 6, inet: null, netdev: null }

/** One chain; a base chain at ingress may see several devices, and counts once for each. */
function chainsFrom(chain: Fields, rules: readonly Fields[], sets: Sets): Chain[] {
  const family = FAMILIES[String(chain.family)]
  if (family === undefined) return []
  const table = tableOf(chain)
  const own = rules.filter((it) => tableOf(it) === table && it.chain === chain.name)
  const name = `${table} ${chain.name}`
  const title = `table ${table}, chain ${chain.name}`
  const parsed = own.flatMap((it) => rulesFrom(it, table, sets))
  const hook = HOOKS.find((it) => it === chain.hook)
  if (hook === undefined) return [{ name, title, base: null, rules: parsed }]
  const policy: Base['policy'] = chain.policy === 'drop' ? 'drop' : 'accept'
  const devices = hook === 'ingress' ? devicesOf(chain.dev) : [null]
  return devices.map((device) => ({
    name,
    title,
    base: { hook, policy, device, family },
    rules: parsed,
  }))
}

function devicesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  // Older versions of nft do not print the device in JSON: such a chain may be about any.
  return Array.isArray(value) ? value.map(String) : []
}

/** A rule with a verdict map counts as one rule for each of the map's keys. */
function rulesFrom(rule: Fields, table: string, sets: Sets): Rule[] {
  const label = String(rule.handle)
  const conditions: Condition[] = []
  for (const expression of expressionsOf(rule)) {
    if (isFields(expression.match)) conditions.push(conditionFrom(expression.match, table, sets))
    else if (isFields(expression.vmap))
      return mapped(expression.vmap, conditions, label, table, sets)
    else {
      const action = actionFrom(expression, table)
      if (action === 'condition') conditions.push({ ...MAYBE })
      else if (action !== null) return [{ conditions, action, label }]
    }
  }
  return [{ conditions, action: { kind: 'continue' }, label }]
}

const MAYBE: Condition = { field: 'other', negated: false, values: [{ kind: 'unknown' }] }

/** Statements that change nothing about whether the packet goes on. */
const NEUTRAL = ['counter', 'log', 'mangle', 'ct helper', 'notrack', 'set', 'meter', 'flow', 'dup']

/** Null for one that changes nothing, "condition" for one that lets only some packets go on. */
function actionFrom(expression: Fields, table: string): Action | 'condition' | null {
  const [key = ''] = Object.keys(expression)
  if (key === 'accept' || key === 'drop' || key === 'reject' || key === 'return')
    return { kind: key }
  if (key === 'continue') return { kind: 'continue' }
  if (key === 'jump' || key === 'goto') {
    const target = (expression[key] as Fields | null)?.target
    return { kind: key, chain: `${table} ${target}` }
  }
  if (key === 'xt') return null
  if (key === 'limit' || key === 'quota' || key === 'ct count') return 'condition'
  return NEUTRAL.includes(key) ? null : { kind: 'unknown' }
}

function mapped(
  { key, data }: Fields,
  before: readonly Condition[],
  label: string,
  table: string,
  sets: Sets,
): Rule[] {
  const elements = elementsOf(data, table, sets)
  const { field, ...needs } = fieldOf(key)
  return elements.flatMap((pair) => {
    const [from, verdict] = Array.isArray(pair) ? pair : []
    const action = isFields(verdict) ? actionFrom(verdict, table) : null
    if (action === null || action === 'condition') return []
    const values = [valueFrom(from, field)]
    return [{ conditions: [...before, { field, ...needs, negated: false, values }], action, label }]
  })
}

/** `{"set": […]}`, "@NAME", or one thing. */
function elementsOf(value: unknown, table: string, sets: Sets): readonly unknown[] {
  if (typeof value === 'string' && value.startsWith('@')) {
    return sets.get(`${table} ${value.slice(1)}`) ?? [null]
  }
  if (isFields(value) && Array.isArray(value.set)) return value.set
  return Array.isArray(value) ? value : [value]
}

function conditionFrom({ op, left, right }: Fields, table: string, sets: Sets): Condition {
  const { field, ...needs } = fieldOf(left)
  if (op !== '==' && op !== '!=' && op !== 'in') return MAYBE
  const values = elementsOf(right, table, sets).map((it) => valueFrom(it, field))
  return { field, ...needs, negated: op === '!=', values }
}

type FieldOf = Pick<Condition, 'field' | 'needsFamily' | 'needsProtocol'>

const META: Readonly<Record<string, Field>> = {
  iif: 'iif',
  iifname: 'iif',
  oif: 'oif',
  oifname: 'oif',
  l4proto: 'protocol',
  nfproto: 'family',
  pkttype: 'packetType',
}

const PAYLOAD: Readonly<Record<string, FieldOf>> = {
  'ip protocol': { field: 'protocol', needsFamily: 4 },
  'ip saddr': { field: 'source', needsFamily: 4 },
  'ip daddr': { field: 'destination', needsFamily: 4 },
  'ip6 nexthdr': { field: 'protocol', needsFamily: 6 },
  'ip6 saddr': { field: 'source', needsFamily: 6 },
  'ip6 daddr': { field: 'destination', needsFamily: 6 },
  'th dport': { field: 'dport' },
  'th sport': { field: 'sport' },
}

function fieldOf(left: unknown): FieldOf {
  if (!isFields(left)) return { field: 'other' }
  if (isFields(left.meta)) return { field: META[String(left.meta.key)] ?? 'other' }
  if (isFields(left.ct)) return { field: left.ct.key === 'state' ? 'state' : 'other' }
  if (!isFields(left.payload)) return { field: 'other' }
  const { protocol, field } = left.payload
  const known = PAYLOAD[`${protocol} ${field}`]
  if (known !== undefined) return known
  const ofPort = { dport: 'dport', sport: 'sport' } as const
  const port = ofPort[String(field) as keyof typeof ofPort] ?? 'other'
  const isTransport = ['udp', 'tcp', 'sctp', 'dccp', 'udplite'].includes(String(protocol))
  return isTransport ? { field: port, needsProtocol: String(protocol) } : { field: 'other' }
}

function valueFrom(value: unknown, field: Field): Value {
  if (typeof value === 'string' || typeof value === 'number') {
    const text = String(value)
    return { kind: 'one', text: field === 'protocol' ? protocolName(text) : text }
  }
  if (!isFields(value)) return { kind: 'unknown' }
  if (isFields(value.elem)) return valueFrom(value.elem.val, field)
  if (isFields(value.prefix)) {
    return { kind: 'network', cidr: `${value.prefix.addr}/${value.prefix.len}` }
  }
  const { range } = value
  if (Array.isArray(range) && range.every((it) => typeof it === 'number')) {
    return { kind: 'ports', from: Number(range[0]), to: Number(range[1]) }
  }
  return { kind: 'unknown' }
}
