// More service addresses than an advert of VRRP has room for: they move along outside of it.
import { describe, expect, test } from 'bun:test'
import { blocksOf, render } from './golden.ts'
import { canTest, configTest } from './itself.ts'

const V4 = Array.from({ length: 300 }, (_, index) => `10.0.${index >> 7}.${(index & 127) + 1}/16`)
const V6 = Array.from({ length: 100 }, (_, index) => `2001:db8::${(index + 1).toString(16)}/64`)

function conf(addresses: readonly string[], more = ''): string {
  return render(`[keepalived]
interface = "eth0"
[clusters.recdns.instances.recdns0]
virtual_router_id = 53
addresses = ${JSON.stringify(addresses)}
${more}`)
}

/** How many lines a block of each instance has. */
function counts(text: string): string[] {
  return [...blocksOf(text, 'vrrp_instance')].map(([name, body]) => {
    const linesIn = (block: string) =>
      (new RegExp(`  ${block} \\{\n(.*?)\n  \\}`, 's').exec(body)?.[1] ?? '')
        .split('\n')
        .filter((line) => line !== '').length
    return `${name} ${linesIn('virtual_ipaddress')} ${linesIn('virtual_ipaddress_excluded')}`
  })
}

describe('an advert holds', () => {
  test.each([
    ['255 IPv4 addresses', V4.slice(0, 255), '', ['recdns0 255 0']],
    ['no more of them', V4.slice(0, 256), '', ['recdns0 255 1']],
    ['89 IPv6 addresses', V6.slice(0, 89), '', ['recdns0 89 0']],
    ['no more of these', V6.slice(0, 90), '', ['recdns0 89 1']],
    ['those of one family', [...V4, ...V6], '', ['recdns0 255 145']],
    [
      'those of each family, in an instance of its own',
      [...V4, ...V6],
      'ipv6 = "separate"',
      ['recdns0-v4 255 45', 'recdns0-v6 89 11'],
    ],
  ])('%s', (_, addresses, more, expected) => {
    const text = conf(addresses, more)
    expect(counts(text)).toEqual(expected)
    for (const address of addresses) expect(text).toContain(`    ${address}`)
    if (!canTest()) return
    expect(configTest(text)).toEqual({ code: 0, said: '' })
  })
})

test.skipIf(!canTest())('keepalived complains of one more', () => {
  const full = conf(V6.slice(0, 89))
  const { code, said } = configTest(
    full.replace('2001:db8::1/64', '2001:db8::ff/64\n2001:db8::1/64'),
  )
  expect(code).toBe(5)
  expect(said).toContain('max 89 addresses')
  const spoilt = conf(V4.slice(0, 255)).replace('10.0.0.1/16', '10.0.9.9/16\n10.0.0.1/16')
  expect(configTest(spoilt).said).toContain('max 255 addresses')
})

/** Why a config that holdfast renders must not be spoilt by such a line: keepalived says nothing. */
test.skipIf(!canTest()).each([
  ['global_defs {', 'vrrp_strict'],
  ['state BACKUP', 'strict_mode'],
  ['state BACKUP', 'no_accept'],
  ['state BACKUP', 'unicast_fault_no_peer'],
  ['state BACKUP', 'dont_track_primary'],
  ['global_defs {', 'vrrp_min_garp'],
  ['global_defs {', 'vrrp_startup_delay 300'],
])('after %j keepalived takes %j without a word', (place, word) => {
  const text = conf(['192.0.2.53/24']).replace(place, `${place}\n${word}`)
  expect(configTest(text)).toEqual({ code: 0, said: '' })
})
