// Lines that do harm in a keepalived.conf of any hand, and what keepalived's own rules drop.
import { describe, expect, test } from 'bun:test'
import { readConf } from '../../../src/config/keepalived/reader.ts'
import {
  droppedIn,
  type HarmfulLine,
  harmsIn,
  ownTableIn,
  takenByIpvs,
} from '../../../src/doctor/facts/keepalived-harms.ts'

function conf(globals: string, instance: string, rest = '') {
  const text = `global_defs {
  ${globals}
}
vrrp_instance recdns0 {
  ${instance}
  virtual_ipaddress {
    192.0.2.53/24
  }
}
${rest}
`
  return readConf({ path: 'k', text }, { configId: 's1', open: () => [] })
}

/** "LINE KEYWORD INSTANCE" of each harmful line. */
function harms(globals: string, instance: string, rest = '', readsOff = true): string[] {
  return listed(harmsIn(conf(globals, instance, rest), readsOff))
}

function listed(lines: readonly HarmfulLine[]): string[] {
  return lines.map((line) => `${line.statement.line} ${line.keyword} ${line.instance ?? '*'}`)
}

describe('an instance is silenced', () => {
  test.each([
    ['vrrp_strict', '', ['2 vrrp_strict recdns0']],
    ['vrrp_strict', 'version 3', ['2 vrrp_strict recdns0']],
    ['$S=vrrp_strict\n$T=$S\n$T', '', ['4 vrrp_strict recdns0']],
    ['$S= \\\n  vrrp_strict \\\n\n$S', '', ['5 vrrp_strict recdns0']],
    ['', 'strict_mode', ['5 strict_mode recdns0']],
    ['', 'strict_mode on', ['5 strict_mode recdns0']],
    ['', 'no_accept', ['5 no_accept recdns0']],
    ['', 'accept\nno_accept', ['6 no_accept recdns0']],
    ['vrrp_version 3', 'accept\nno_accept', ['6 no_accept recdns0']],
    [
      'vrrp_strict',
      'strict_mode\nno_accept',
      ['6 no_accept recdns0', '5 strict_mode recdns0', '2 vrrp_strict recdns0'],
    ],
    // In VRRPv2, accept does not count.
    ['vrrp_strict', 'accept', ['2 vrrp_strict recdns0']],
  ])('by %j and %j', (globals, instance, expected) => {
    expect(harms(globals, instance)).toEqual(expected)
  })

  test('and is not', () => {
    expect(harms('', '')).toEqual([])
    expect(harms('vrrp_strict', 'strict_mode off')).toEqual([])
    expect(harms('vrrp_strict', 'version 3\naccept')).toEqual([])
    expect(harms('', 'no_accept\naccept')).toEqual([])
    expect(harms('# vrrp_strict', '')).toEqual([])
    expect(harms('@s2 vrrp_strict', '')).toEqual([])
  })

  test('by "off", before keepalived 2.3', () => {
    expect(harms('vrrp_strict off', '', '', true)).toEqual([])
    expect(harms('vrrp_strict off', '', '', false)).toEqual(['2 vrrp_strict recdns0'])
  })

  test('with all others, in another namespace', () => {
    expect(harms('', '', 'net_namespace blue')).toEqual(['10 net_namespace *'])
  })
})

test('what bends the election is told apart', () => {
  const found = harmsIn(
    conf(
      'vrrp_startup_delay 60\n  vrrp_min_garp',
      'dont_track_primary',
      'garp_group {\ngna_interval 3\n}',
    ),
    true,
  )
  expect(found.map((harmfulLine) => `${harmfulLine.keyword} ${harmfulLine.harm}`)).toEqual([
    'vrrp_startup_delay election',
    'vrrp_min_garp election',
    'gna_interval election',
    'dont_track_primary election',
  ])
  // Right in a file that was written by hand.
  const plain = conf('vrrp_mcast_group4 224.0.0.19', 'priority 150\n  state MASTER\n  advert_int 1')
  expect(harmsIn(plain, true)).toEqual([])
})

describe('clients are turned away', () => {
  test.each([
    [
      'virtual_routes {\nblackhole default\n203.0.113.0/24 via 192.0.2.1\n}',
      '',
      ['6 virtual_routes recdns0'],
    ],
    ['virtual_rules {\nfrom 192.0.2.53 type prohibit\n}', '', ['6 virtual_rules recdns0']],
    ['', 'static_routes {\n unreachable 198.51.100.0/24\n}', ['11 static_routes *']],
    ['', 'static_rules { from 192.0.2.53 blackhole }', ['10 static_rules *']],
    ['', '~SEQ(x,1,9) static_rules { from 10.0.$x.0/24 table 5 }', []],
    ['virtual_routes { default via 192.0.2.1 }', 'static_routes { 203.0.113.0/24 dev eth1 }', []],
  ])('by %j and %j', (instance, rest, expected) => {
    expect(harms('', instance, rest)).toEqual(expected)
  })

  test.each([
    ['virtual_server 192.0.2.53 53 {\nprotocol UDP\n}', ['10 virtual_server recdns0']],
    ['virtual_server 192.0.2.53 {\n}', ['10 virtual_server recdns0']],
    [
      'virtual_server_group g {\n192.0.2.9 53\n192.0.2.53 0\n}',
      ['12 virtual_server_group recdns0'],
    ],
    ['virtual_server_group g {\n192.0.2.50-60 53\n}', ['11 virtual_server_group recdns0']],
    ['virtual_server_group g {\n192.0.2.54-60 53\n192.0.3.50-60 53\n}', []],
    ['virtual_server 192.0.2.53 443 {\n}', []],
    ['virtual_server 192.0.2.9 53 {\n}', []],
    ['virtual_server fwmark 53 {\n}\nvirtual_server group g {\n}', []],
  ])('by IPVS: %j', (rest, expected) => {
    expect(listed(takenByIpvs(conf('', '', rest)))).toEqual(expected)
  })
})

// As keepalived 2.3.3 makes them, and nft 1.1.3 prints them.
const TABLE = `table ip keepalived {
	set vips {
		type ipv4_addr
		elements = { 192.0.2.53,
			     192.0.2.54 }
	}

	chain out {
		type filter hook output priority filter - 1; policy accept;
		ip saddr @vips drop
	}

	chain in {
		type filter hook input priority filter - 1; policy accept;
		ip daddr @vips drop
	}
}
`

test('its own rules say to which addresses it drops', () => {
  expect(droppedIn(TABLE)).toEqual(['192.0.2.53', '192.0.2.54'])
  expect(
    droppedIn(TABLE.replace('daddr @vips drop', 'daddr @vips counter packets 3 bytes 4 drop')),
  ).toEqual(['192.0.2.53', '192.0.2.54'])
  expect(droppedIn(TABLE.replace(/elements = [^}]*\}/, ''))).toEqual([])
  expect(droppedIn(TABLE.replace('ip daddr @vips drop', ''))).toEqual([])
  expect(droppedIn('')).toEqual([])
})

test('the table has the name that it was given', () => {
  expect(ownTableIn(conf('', ''))).toBe('keepalived')
  expect(ownTableIn(conf('nftables mine', ''))).toBe('mine')
  expect(ownTableIn(conf('nftables', ''))).toBe('keepalived')
})
