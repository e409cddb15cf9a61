// The options for named: what stands in them, and that named takes them and answers as probes need.
import { describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { testNamedConf } from '../../src/adapters/config-test.ts'
import {
  renderBindExempt,
  renderBindListen,
  renderBindOptions,
  renderBindZone,
} from '../../src/bind/options.ts'
import { renderSysctl } from '../../src/host/sysctl.ts'
import { configOf } from '../config/parsing.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const CLUSTER = '[clusters.p.instances.i]\naddresses = ["192.0.2.53", "2001:db8::53"]\n'

const config = (extra = '') => configOf(`${CLUSTER}${extra}`)

const hasNamed = Bun.which('named-checkconf', { PATH: `${process.env.PATH}:/usr/sbin` }) !== null

describe('the options for named', () => {
  test.skipIf(!hasNamed)('are options to named', () => {
    expect(testNamedConf(renderBindOptions(config()), 'options')).toEqual({ kind: 'accepted' })
    const spoilt = testNamedConf(renderBindOptions(config()).replace('yes;', 'perhaps;'), 'options')
    if (spoilt.kind !== 'refused') throw new Error('named took it')
    expect(spoilt.said.join('\n')).toContain("rendered file:9: boolean expected near 'perhaps'")
  })

  test('let every address be asked, and spare local probes from limits', () => {
    const text = renderBindOptions(config())
    for (const line of ['listen-on { any; };', 'listen-on-v6 { any; };', 'empty-zones-enable yes;'])
      expect(text).toContain(`\n${line}\n`)
    expect(text).toMatch(/exempt-clients \{\s+localhost;\s+192\.0\.2\.53;\s+2001:db8::53;\s+\}/)
  })

  test('say which probes need more than this server', () => {
    const probes = (names: string) => renderBindOptions(config(`[checks.c]\nprobes = [${names}]\n`))
    const warning = 'fail when others do'
    expect(renderBindOptions(config())).not.toContain(warning)
    expect(probes('"1.0.0.127.in-addr.arpa PTR"')).not.toContain(warning)
    expect(probes('"Probe.Holdfast.Invalid. SOA"')).not.toContain(warning)
    expect(probes('"www.example.com A"')).toContain(`${warning}: www.example.com\n`)
  })

  test.skipIf(!hasNamed)('come with a zone, which is one to named', () => {
    expect(testNamedConf(renderBindZone(), 'top')).toEqual({ kind: 'accepted' })
    expect(testNamedConf(renderBindZone(), 'options')).toMatchObject({ kind: 'refused' })
    const [, question] = /probes = \["(.*) SOA"\]/.exec(renderBindZone()) ?? []
    expect(renderBindZone()).toContain(`zone "${question}" {`)
  })

  test('name the addresses that no query may come from', () => {
    expect(renderBindOptions(config())).toContain('never one of 192.0.2.53, 2001:db8::53\n')
  })
})

describe.skipIf(!hasNamed)('the parts that an operator includes where they fit', () => {
  test('each has a place of its own', () => {
    const parts = { options: renderBindListen(), 'rate-limit': renderBindExempt(config()) } as const
    for (const [place, text] of Object.entries(parts))
      expect({ place, ...testNamedConf(text, place as keyof typeof parts) }).toEqual({
        place,
        kind: 'accepted',
      })
    expect(testNamedConf(renderBindExempt(config()), 'options')).toMatchObject({ kind: 'refused' })
    expect(testNamedConf(renderBindListen(), 'rate-limit')).toMatchObject({ kind: 'refused' })
  })

  test('say together what the whole says', () => {
    const statements = (text: string) => text.match(/^ *[^\s/].*$/gm)?.map((line) => line.trim())
    const whole = statements(renderBindOptions(config())) ?? []
    for (const text of [renderBindListen(), renderBindExempt(config())])
      expect(whole).toEqual(expect.arrayContaining(statements(text) ?? []))
  })

  test('a named.conf with views, rate limits and a policy zone takes them', () => {
    const withParts = viewsOf(renderBindExempt(config()), renderBindZone())
    expect(checkConf(`options { ${renderBindListen()} };\n${withParts}`)).toBe('')
    // The whole document clashes with limits of one's own, and a zone beside views is refused.
    const clash = `options { ${renderBindOptions(config())} rate-limit { window 5; }; };`
    expect(checkConf(clash)).toContain("'rate-limit' redefined")
    expect(checkConf(`${withParts}\n${renderBindZone()}`)).toContain('all zones must be in views')
  })
})

/** Two views; the one for this host has the zone, and both limit rates. */
function viewsOf(exempt: string, zone: string): string {
  const limit = `rate-limit { responses-per-second 5; window 5;\n${exempt} };`
  return `view "here" { match-clients { localhost; 192.0.2.0/24; }; recursion yes; ${limit}
  response-policy { zone "rpz.example"; };
  zone "rpz.example" { type primary; database "_builtin empty localhost. root.localhost."; };
${zone} };
view "rest" { match-clients { any; }; recursion no; ${limit}\n };`
}

/** What named-checkconf objects to. */
function checkConf(text: string): string {
  using folder = temporaryFolder()
  const path = join(folder.path, 'named.conf')
  writeFileSync(path, text)
  const PATH = `${process.env.PATH}:/usr/sbin`
  const run = Bun.spawnSync(['named-checkconf', path], { env: { PATH } })
  return run.exitCode === 0 ? '' : `${run.stdout}${run.stderr}`
}

describe('the settings of the kernel', () => {
  test('without service addresses on loopback only see to it that an address is here when it seems so', () => {
    const text = renderSysctl(config(), ['eth0'])
    expect(text.match(/^[^#\n].*$/gm)).toEqual([
      'net.ipv4.ip_nonlocal_bind = 0',
      'net.ipv6.ip_nonlocal_bind = 0',
    ])
  })

  test('with service addresses on loopback keep ARP quiet about them', () => {
    const text = renderSysctl(config('[addresses]\nservice_addresses_on_loopback = true\n'), [
      'eth0.100',
      'eth0.100',
    ])
    expect(text.match(/^[^#\n].*$/gm)).toEqual([
      'net/ipv4/conf/all/arp_ignore = 1',
      'net/ipv4/conf/all/arp_announce = 2',
      'net/ipv4/conf/eth0.100/arp_ignore = 1',
      'net/ipv4/conf/eth0.100/arp_announce = 2',
      'net.ipv4.ip_nonlocal_bind = 0',
      'net.ipv6.ip_nonlocal_bind = 0',
    ])
  })

  test('on a balancer end connections to what is out of the pool', () => {
    const balancer = (forwarding: string) => `[balancer.services.s]
addresses = ["192.0.2.53"]
lvs_method = "${forwarding}"
[balancer.services.s.servers.ns1]
addresses = ["192.0.2.11"]
`
    const settings = (forwarding: string) => [
      ...(renderSysctl(config(balancer(forwarding)), ['eth0']).match(/^[^#\n].*$/gm) ?? []),
    ]
    const always = [
      '-net.ipv4.vs.expire_nodest_conn = 1',
      '-net.ipv4.vs.expire_quiescent_template = 1',
    ]
    const nonlocal = ['net.ipv4.ip_nonlocal_bind = 0', 'net.ipv6.ip_nonlocal_bind = 0']
    expect(settings('dr')).toEqual([...always, ...nonlocal])
    expect(settings('tun')).toEqual([...always, ...nonlocal])
    expect(settings('nat')).toEqual([
      ...always,
      'net.ipv4.ip_forward = 1',
      'net.ipv6.conf.all.forwarding = 1',
      'net/ipv4/conf/all/send_redirects = 0',
      'net/ipv4/conf/eth0/send_redirects = 0',
      ...nonlocal,
    ])
  })

  test.skipIf(process.getuid?.() !== 0)('are settings to sysctl', () => {
    const text = renderSysctl(config('[addresses]\nservice_addresses_on_loopback = true\n'), ['lo'])
    const command = ['unshare', '--net', '--', 'sysctl', '--load=-']
    const done = Bun.spawnSync(command, { stdin: Buffer.from(text) })
    expect(done.stderr.toString()).toBe('')
    expect(done.exitCode).toBe(0)
    expect(done.stdout.toString()).toContain('net.ipv4.conf.lo.arp_ignore = 1')
  })
})
