// Lines for keepalived: every keyword that there is, and the ways to write one so that it is not seen.
import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BlockKind, judge, keywordOf } from '../../../src/config/keepalived/words.ts'
import { parseConfig } from '../../../src/config/parse.ts'
import { errors } from '../parsing.ts'

const INSTANCE = '[clusters.recdns.instances.recdns0]\naddresses = ["192.0.2.53", "2001:db8::53"]\n'

/** holdfast.toml with these lines passed through; the first of them is on line 6. */
function passing(block: string, lines: readonly string[]): string {
  const texts = lines.map((line) => `  ${JSON.stringify(line)},`)
  return [INSTANCE, '[keepalived.extra_lines]', `${block} = [`, ...texts, ']'].join('\n')
}

function refused(block: string, ...lines: readonly string[]): string[] {
  return errors(passing(block, lines))
}

const JUDGED = readFileSync(join(import.meta.dir, 'judged.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [result = '', kind = '', keyword = ''] = line.split(/\s+/)
    return { result, kind: kind as BlockKind, keyword }
  })

describe('every keyword of keepalived', () => {
  test.each(JUDGED)('$kind: $keyword $result', ({ result, kind, keyword }) => {
    const word = judge(kind, { words: [keyword], file: '', line: 1, body: null })
    expect(word === null ? 'passes' : 'refused').toBe(result)
  })
})

describe('a word is refused', () => {
  const CASES: readonly (readonly [block: string, ...lines: readonly string[]])[] = [
    ['global_defs', 'vrrp_strict'],
    ['global_defs', 'vrrp_strict off'],
    ['global_defs', '  "vrrp_strict"   # as in the sample'],
    ['global_defs', '@ns1 vrrp_strict'],
    ['global_defs', '@^ns1 vrrp_strict'],
    ['global_defs', '~SEQ(n, 1, 1) vrrp_strict'],
    ['global_defs', '~SEQ(n, 1, 1) @ns1 vrrp_strict'],
    ['global_defs', 'vrrp_strict"x"'],
    ['global_defs', 'include /etc/keepalived/more.conf'],
    ['global_defs', 'includea /etc/keepalived/*.conf'],
    ['global_defs', 'vrrp_startup_delay 30'],
    ['global_defs', 'vrrp_garp_master_refresh 0'],
    ['global_defs', 'vrrp_garp_interval 2'],
    ['file', 'net_namespace blue'],
    ['file', 'global_defs { vrrp_strict }'],
    ['file', 'global_defs { @ns1 vrrp_strict }'],
    ['file', 'global_defs { @ns1 router_id x }'],
    ['file', 'global_defs $' + '{ vrrp_strict }'],
    ['file', '$G={ vrrp_strict }', 'global_defs'],
    ['file', 'global_defs { include /etc/keepalived/more.conf }'],
    ['vrrp_instance', 'strict_mode'],
    ['vrrp_instance', 'strict_mode on'],
    ['vrrp_instance', 'strict_mode"on"'],
    ['vrrp_instance', 'no_accept'],
    ['vrrp_instance', 'no_accept"x"'],
    ['vrrp_instance', 'dont_track_primary'],
    ['vrrp_instance', 'down_timer_adverts 10'],
    ['vrrp_instance', 'unicast_ttl 0'],
    ['vrrp_instance', 'unicast_ttl $T'],
    ['vrrp_instance', 'garp_master_refresh $' + '{T}'],
    ['vrrp_instance', 'unicast_fault_no_peer'],
    ['vrrp_instance', 'track_interface { eth1 weight -20 }'],
    ['vrrp_instance', 'track_interface { eth1 $W }'],
    ['vrrp_instance', 'track_interface { eth1 weight 0 reverse }'],
    ['vrrp_instance', 'track_bfd { peer weight 0 reverse }'],
    ['vrrp_instance', 'virtual_rules { from 192.0.2.53 prohibit }'],
    ['vrrp_instance', 'virtual_routes { blackhole 192.0.2.0/24 }'],
    ['file', 'static_rules { from 192.0.2.53 type prohibit }'],
    ['file', 'static_routes { 203.0.113.0/24 via 192.0.2.1', 'throw default }'],
    ['file', 'vrrp_instance x { virtual_routes { unreachable default } }'],
    ['vrrp_sync_group', 'sync_group_tracking_weight'],
  ]
  test.each(CASES)('%s: %s', (block, ...lines) => {
    expect(refused(block, ...lines)).toEqual(['6:3 E_EXTRA'])
  })

  test('by a name that was defined for it', () => {
    expect(refused('global_defs', '$S=vrrp_strict', '$S')).toEqual(['7:3 E_EXTRA'])
    expect(refused('vrrp_instance', '$S=strict_mode on', '$' + '{S}')).toEqual(['7:3 E_EXTRA'])
    // Defined in another block, or by a later line of this one.
    expect(refused('vrrp_instance', '$S')).toEqual(['6:3 E_EXTRA'])
    expect(refused('global_defs', 'vrrp_$' + '{S}')).toEqual(['6:3 E_EXTRA'])
    expect(refused('global_defs', '$S=vrrp_\\')).toEqual(['6:3 E_EXTRA'])
  })

  test('in a block of its own, on the line where it stands', () => {
    expect(refused('file', 'global_defs {', '  router_id x', '  vrrp_strict', '}')).toEqual([
      '8:3 E_EXTRA',
    ])
    expect(refused('file', 'garp_group {', '  garp_interval 5', '  interface eth0', '}')).toEqual([
      '7:3 E_EXTRA',
    ])
  })

  test('in the extra_lines of one instance', () => {
    const text = `${INSTANCE}extra_lines = ["no_accept"]\n`
    expect(errors(text)).toEqual(['3:16 E_EXTRA'])
  })
})

describe('a word passes', () => {
  const CASES: readonly (readonly [block: string, ...lines: readonly string[]])[] = [
    ['global_defs', 'vrrp_garp_master_refresh 60'],
    ['global_defs', 'vrrp_garp_interval 0.01', 'vrrp_min_garp off'],
    ['global_defs', '# vrrp_strict'],
    ['global_defs', 'router_id vrrp_strict'],
    ['vrrp_instance', 'strict_mode off', 'accept', 'preempt'],
    ['vrrp_instance', 'down_timer_adverts 3'],
    ['vrrp_instance', '$T=2', 'unicast_ttl $T'],
    ['vrrp_instance', 'track_interface {', '  eth1', '  no_accept', '}'],
    ['vrrp_instance', 'track_interface { eth1 weight 0 }'],
    [
      'file',
      'vrrp_instance other {',
      '  no_accept',
      '  virtual_ipaddress {',
      '    192.0.2.9',
      '  }',
      '}',
    ],
    ['file', 'vrrp_script x {', '@ns1 script "/bin/sh -c \\"exit 1 # x\\""', '}'],
    ['vrrp_instance', 'virtual_rules { from 192.0.2.53 table 5 }'],
    ['vrrp_instance', 'virtual_routes { unicast default via 192.0.2.1 dev eth0 }'],
    ['file', 'virtual_server 192.0.2.9 53 { }'],
    ['file', 'include /etc/keepalived/more.conf'],
    ['file', '$A=192.0.2.9', 'static_ipaddress {', '  $A dev eth0', '}'],
  ]
  test.each(CASES)('%s: %s', (block, ...lines) => {
    expect(refused(block, ...lines)).toEqual([])
  })
})

describe('blocks beside those that are rendered', () => {
  test('put no instance into a sync group', () => {
    const group = ['vrrp_sync_group all {', '  group {', '    other', '    recdns0', '  }', '}']
    expect(refused('file', ...group)).toEqual(['9:3 E_EXTRA'])
    expect(refused('file', 'vrrp_sync_group all { group { other recdns0 } }')).toEqual([
      '6:3 E_EXTRA',
    ])
  })

  test('are no instance twice', () => {
    expect(refused('file', 'vrrp_instance recdns0 {', '}')).toEqual(['6:3 E_EXTRA'])
  })

  test('hold no service address', () => {
    const fixed = ['static_ipaddress {', '  192.0.2.53/24 dev eth0', '}']
    expect(refused('file', ...fixed)).toEqual(['7:3 E_EXTRA'])
    const moved = ['vrrp_instance x {', '  virtual_ipaddress_excluded {', '    2001:DB8:0::53/64']
    expect(refused('file', ...moved, '  }', '}')).toEqual(['8:3 E_EXTRA'])
  })
})

test('a virtual router is no rendered one, in its family on its interface', () => {
  const errorsWith = (id: number, link: string, address: string) => {
    const lines = ['vrrp_instance x {', `interface ${link}`, `virtual_router_id ${id}`]
    const file = [...lines, `virtual_ipaddress { ${address} }`, '}']
    const own = `${INSTANCE}virtual_router_id = 7\n[keepalived]\ninterface = "eth0"\n`
    return errors(`${own}[keepalived.extra_lines]\nfile = ${JSON.stringify(file)}\n`)
  }
  expect(errorsWith(7, 'eth0', '192.0.2.9')).toEqual(['7:46 E_EXTRA'])
  expect(errorsWith(8, 'eth0', '192.0.2.9')).toEqual([])
  expect(errorsWith(7, 'eth1', '192.0.2.9')).toEqual([])
  expect(errorsWith(7, 'eth0', '2001:db8::9')).toEqual([])
})

test('IPVS takes no service address, but that of a balancer', () => {
  expect(refused('file', 'virtual_server 192.0.2.53 53 {', '}')).toEqual(['6:3 E_EXTRA'])
  const group = ['virtual_server_group x {', '2001:db8::53 53', '}']
  expect(refused('file', ...group)).toEqual(['7:3 E_EXTRA'])
  const range = ['virtual_server_group x {', '2001:db8::50-60 53', '}']
  expect(refused('file', ...range)).toEqual(['7:3 E_EXTRA'])
  const balancing = `${passing('file', group)}\n[balancer]\nsource = ["192.0.2.11"]\n`
  expect(errors(balancing)).not.toContain('7:3 E_EXTRA')
})

test('each refusal has its reason', () => {
  const text = passing('global_defs', ['vrrp_strict'])
  const parsed = parseConfig(text, { file: 'holdfast.toml', hostname: 'ns1' })
  const [first] = parsed.ok ? [] : parsed.diagnostics
  expect(first?.text).toBe('"vrrp_strict" cannot be passed through here')
  expect(first?.hint).toContain('keepalived would drop every packet to the service address')
})

test('the keyword of a statement is its first word, whatever a definition put there', () => {
  const statement = { words: ['strict_mode on'], file: '', line: 1, body: null }
  expect(keywordOf(statement)).toBe('strict_mode')
})
