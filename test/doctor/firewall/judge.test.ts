// What becomes of packets: only what is certain is said.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseIptables } from '../../../src/doctor/firewall/iptables.ts'
import { judge, type Packet } from '../../../src/doctor/firewall/judge.ts'
import { parseNft } from '../../../src/doctor/firewall/nft.ts'
import type { Ruleset } from '../../../src/doctor/firewall/rules.ts'

const ADVERT: Packet = {
  direction: 'in',
  interface: 'eth0',
  family: 4,
  protocol: 'vrrp',
  source: '192.0.2.12',
  destination: '224.0.0.18',
  dport: null,
  packetType: 'multicast',
}
const QUERY: Packet = {
  ...ADVERT,
  protocol: 'udp',
  source: null,
  destination: '192.0.2.53',
  dport: 53,
  packetType: 'unicast',
}

/** The rule that drops the packet, "policy", or null. */
function dropped(ruleset: Ruleset, packet: Packet): string | null {
  const verdict = judge(ruleset, packet)
  if (verdict.kind === 'passes') return null
  return verdict.rule === null ? 'policy' : verdict.rule.label
}

function iptables(policy: string, ...rules: readonly string[]): Ruleset {
  const lines = ['*filter', `:INPUT ${policy} [0:0]`, ':mine - [0:0]', ...rules, 'COMMIT', '']
  return parseIptables(lines.join('\n'), 4, 'iptables')
}

const CAPTURED = readFileSync(join(import.meta.dir, 'ruleset.json'), 'utf8')

test('a real ruleset', () => {
  const chains = parseNft(CAPTURED)?.chains ?? []
  expect(dropped(chains, ADVERT)).toBe('9')
  expect(dropped(chains, { ...ADVERT, interface: 'em1' })).toBe('10')
  // Its rate limit may let it in.
  expect(dropped(chains, QUERY)).toBeNull()
  expect(dropped(chains, { ...ADVERT, direction: 'out' })).toBe('32')
  expect(dropped(chains, { ...ADVERT, direction: 'out', family: 6 })).toBeNull()
})

test('the first rule that matches for sure decides', () => {
  const accept = '-A INPUT -p vrrp -j ACCEPT'
  const drop = '-A INPUT -d 224.0.0.0/4 -j DROP'
  expect(dropped(iptables('DROP', accept, drop), ADVERT)).toBeNull()
  expect(dropped(iptables('DROP', drop, accept), ADVERT)).toBe(drop)
})

test('nothing lets it in, and the policy is to drop', () => {
  expect(dropped(iptables('DROP', '-A INPUT -p tcp --dport 53 -j ACCEPT'), QUERY)).toBe('policy')
  expect(dropped(iptables('ACCEPT', '-A INPUT -p tcp --dport 53 -j DROP'), QUERY)).toBeNull()
  const related = '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'
  expect(dropped(iptables('DROP', related), QUERY)).toBe('policy')
})

test('a rule that may accept leaves it open, and one that may drop as well', () => {
  const some = '-A INPUT -s 198.51.100.0/24 -j ACCEPT'
  expect(dropped(iptables('DROP', some), QUERY)).toBeNull()
  expect(dropped(iptables('DROP', some), ADVERT)).toBe('policy')
  expect(dropped(iptables('ACCEPT', '-A INPUT -s 198.51.100.0/24 -j DROP'), QUERY)).toBeNull()
  const limited = '-A INPUT -p udp -m hashlimit --hashlimit-above 5/sec --hashlimit-name x -j DROP'
  expect(dropped(iptables('ACCEPT', limited), QUERY)).toBeNull()
})

test('jumps come back, and what they may do is open', () => {
  const jump = '-A INPUT -p udp -j mine'
  const back = ['-A mine -s 0.0.0.0/0 -j RETURN', '-A mine -j DROP']
  expect(dropped(iptables('ACCEPT', jump, ...back), QUERY)).toBeNull()
  expect(dropped(iptables('DROP', jump, ...back), QUERY)).toBe('policy')
  expect(dropped(iptables('ACCEPT', jump, '-A mine -j DROP'), QUERY)).toBe('-A mine -j DROP')
  expect(dropped(iptables('DROP', jump, '-A mine -m mark --mark 1 -j ACCEPT'), QUERY)).toBeNull()
})

test('chains that jump in a circle come to an end', () => {
  const ruleset = iptables('DROP', '-A INPUT -j mine', '-A mine -j mine')
  expect(dropped(ruleset, QUERY)).toBeNull()
})

test('one table drops what another accepts', () => {
  const ruleset = [...iptables('ACCEPT', '-A INPUT -j ACCEPT'), ...iptables('DROP')]
  expect(dropped(ruleset, QUERY)).toBe('policy')
})

test('IPv4 rules are not about IPv6', () => {
  expect(dropped(iptables('DROP'), { ...QUERY, family: 6, destination: '2001:db8::53' })).toBeNull()
})
