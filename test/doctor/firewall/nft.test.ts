// The rules of nftables, from a ruleset as nft 1.0.6 printed it.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseNft } from '../../../src/doctor/firewall/nft.ts'
import type { Rule } from '../../../src/doctor/firewall/rules.ts'

const TEXT = readFileSync(join(import.meta.dir, 'ruleset.json'), 'utf8')
const parsed = parseNft(TEXT)

function rule(handle: number): Rule[] {
  const chain = parsed?.chains.find((it) => it.name === 'inet lab input')
  return chain?.rules.filter((it) => it.label === String(handle)) ?? []
}

test('chains have their hooks, policies and families', () => {
  expect(parsed?.chains.map((it) => [it.name, it.base])).toEqual([
    ['inet lab dns', null],
    ['inet lab input', { hook: 'input', policy: 'drop', device: null, family: null }],
    ['inet lab out', { hook: 'output', policy: 'accept', device: null, family: null }],
    ['ip6 filter INPUT', { hook: 'input', policy: 'accept', device: null, family: 6 }],
  ])
})

test('a table that iptables keeps with matches of its own is left to iptables-save', () => {
  expect(parsed?.opaque).toEqual(['ip filter'])
})

test('interface, protocol and verdict', () => {
  expect(rule(9)).toEqual([
    {
      label: '9',
      action: { kind: 'drop' },
      conditions: [
        { field: 'iif', negated: false, values: [{ kind: 'one', text: 'eth0' }] },
        {
          field: 'protocol',
          needsFamily: 4,
          negated: false,
          values: [{ kind: 'one', text: 'vrrp' }],
        },
      ],
    },
  ])
  expect(rule(10)[0]?.conditions[0]?.negated).toBe(true)
})

test('a verdict map is a rule for each key', () => {
  expect(rule(17).map((it) => [it.conditions[0]?.values, it.action.kind])).toEqual([
    [[{ kind: 'one', text: 'invalid' }], 'drop'],
    [[{ kind: 'one', text: 'established' }], 'accept'],
    [[{ kind: 'one', text: 'related' }], 'accept'],
  ])
})

test('sets by name, and sets in place with ranges', () => {
  const [first] = rule(21)
  expect(first?.conditions.map((it) => it.values)).toEqual([
    [
      { kind: 'network', cidr: '192.0.2.0/28' },
      { kind: 'one', text: '198.51.100.7' },
    ],
    [
      { kind: 'one', text: '22' },
      { kind: 'one', text: '53' },
      { kind: 'ports', from: 60, to: 70 },
    ],
  ])
})

test('a limit is a condition that may hold', () => {
  expect(rule(19)[0]?.conditions.at(-1)).toEqual({
    field: 'other',
    negated: false,
    values: [{ kind: 'unknown' }],
  })
})

test('a jump names its chain with the table', () => {
  expect(rule(24)[0]?.action).toEqual({ kind: 'jump', chain: 'inet lab dns' })
})

test('no ruleset, and something else', () => {
  expect(parseNft('{"nftables": [{"metainfo": {}}]}')).toEqual({ chains: [], opaque: [] })
  for (const text of ['', '[]', '{', 'null', '{"nftables": 1}']) expect(parseNft(text)).toBeNull()
})
