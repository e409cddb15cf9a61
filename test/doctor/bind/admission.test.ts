// Whom named's configuration lets in, and what H421 makes of it: lists as named-checkconf prints them.

import { describe, expect, test } from 'bun:test'
import { aclsIn, refusalsOf } from '../../../src/doctor/bind/acl.ts'
import { audienceOf } from '../../../src/doctor/bind/clients.ts'
import { CHECKS } from '../../../src/doctor/checks.ts'
import type { Finding, Trouble } from '../../../src/doctor/doctor-check.ts'
import { linesWith, parseNamedConf, statementsOf } from '../../../src/doctor/facts/named.ts'
import { createRandom } from '../../../src/simulate/random.ts'
import type { Recording } from '../any-host/recording.ts'
import soundHost from '../any-host/sound-host.json' with { type: 'json' }
import { spoiltHost } from '../any-host/spoil.ts'

const CLIENT = '198.51.100.7'
const SERVICE = '192.0.2.53'

function refused(conf: string, client = CLIENT): readonly string[] {
  const statements = parseNamedConf(conf)
  if (statements === null) throw new Error(`no configuration: ${conf}`)
  const net = { address: { family: 4 as const, bytes: Uint8Array.of(192, 0, 2, 0), zone: null } }
  const world = {
    acls: aclsIn(statements),
    isLocalhost: (address: string) => address === SERVICE,
    localnets: [{ ...net, prefixLength: 24 }],
  }
  const options = statementsOf(statements, 'options')[0]?.block ?? []
  return refusalsOf(client, SERVICE, { statements, options, world }).map((refusal) => refusal.text)
}

const BY_DEFAULT = 'allow-recursion { localnets; localhost; }'

describe('a client is kept out by', () => {
  test.each<[string, readonly string[]]>([
    ['options { };', [BY_DEFAULT]],
    ['options { allow-recursion { any; }; };', []],
    // Each list about recursion stands in for the other, and allow-query for both.
    ['options { allow-query-cache { any; }; };', []],
    ['options { allow-query { any; }; };', []],
    ['options { allow-query { localhost; }; };', ['allow-query { localhost; }']],
    [
      'options { allow-query { localhost; }; allow-recursion { any; }; };',
      ['allow-query { localhost; }'],
    ],
    [
      'options { allow-query { any; }; allow-recursion { localhost; }; };',
      ['allow-recursion { localhost; }'],
    ],
    [
      'options { allow-recursion { any; }; allow-query-cache { localnets; }; };',
      ['allow-query-cache { localnets; }'],
    ],
    ['options { allow-query { any; }; recursion no; };', ['recursion no']],
    [
      'options { allow-query { any; }; blackhole { 198.51.100.0/24; }; };',
      ['blackhole { 198.51.100.0/24; }'],
    ],
    [
      'options { allow-query { any; }; allow-query-on { 127.0.0.1; }; };',
      ['allow-query-on { 127.0.0.1; }'],
    ],
    [
      'options { allow-query { any; }; allow-recursion-on { 127.0.0.1; }; };',
      ['allow-recursion-on { 127.0.0.1; }'],
    ],
    ['acl own { localhost; }; options { allow-query { own; }; };', ['allow-query { own; }']],
    [
      'options { allow-query { any; }; }; view "in" { match-clients { localhost; }; };',
      ['match-clients { localhost; }'],
    ],
    [
      'options { allow-query { any; }; }; view "in" { match-destinations { 192.0.2.54; }; };',
      ['match-destinations { 192.0.2.54; }'],
    ],
    // The first view that takes it decides, and what it sets comes before what the options do.
    ['options { allow-query { any; }; recursion no; }; view "in" { recursion yes; };', []],
    [
      'options { allow-query { any; }; }; view "a" { match-clients { localhost; }; }; view "b" { recursion no; };',
      ['recursion no'],
    ],
    [
      'options { allow-query { any; }; }; view "a" CH { match-clients { none; }; }; view "b" { };',
      [],
    ],
  ])('%s', (conf, expected) => expect(refused(conf)).toEqual([...expected]))

  test('nothing, on a network of the host itself', () => {
    expect(refused('options { };', '192.0.2.100')).toEqual([])
  })
})

test('clients are looked for in every network that a list names, and are no server of ours', () => {
  const plan = {
    addresses: [
      { ...{ address: '192.0.2.11', family: 4, interface: 'eth0', prefixLength: 29 } },
      { ...{ address: '127.0.0.1', family: 4, interface: 'lo', prefixLength: 8 } },
    ].map((entry) => ({
      ...entry,
      loopback: entry.interface === 'lo',
      state: 'ready',
      deprecated: false,
    })),
    serviceAddresses: ['192.0.2.12'],
    servers: ['192.0.2.10', '10.9.9.9'],
  } as unknown as Parameters<typeof audienceOf>[2]
  const lists =
    parseNamedConf('acl x { !10.9.0.0/30; 10.9.9.9; 10.255.255.255; 2001:db8:a::/48; };') ?? []
  const clients = audienceOf(4, lists, plan)
  for (const one of ['192.0.2.9', '192.0.2.14', '10.9.0.1', '10.255.255.255'])
    expect(clients).toContain(one)
  for (const none of [
    '192.0.2.11',
    '192.0.2.12',
    '127.0.0.2',
    '192.0.2.16',
    '192.0.2.10',
    '10.9.9.9',
  ])
    expect(clients).not.toContain(none)
  expect(audienceOf(6, lists, plan)).toContain('2001:db8:a::1')
})

test('the lines of a statement are those where it begins', () => {
  const text =
    'options {\n  // allow-query { any; };\n  allow-query\n    { x; };\n  zone-x allow-query; };\nallow-query { y; };\n'
  expect(linesWith('allow-query', text)).toEqual([3, 6])
})

const SOUND = soundHost as unknown as Recording
const PRINT = 'run named-checkconf -p -x /etc/bind/named.conf'
const CONF = 'text /etc/bind/named.conf'
const SETTINGS = 'text /etc/holdfast/holdfast.toml'
const { value: set } = SOUND[SETTINGS] as { value: string }
const printed = (SOUND[PRINT] as { value: { stdout: string } }).value.stdout
const written = (SOUND[CONF] as { value: string }).value

/** What H421 says on the sound host, with one change of named's configuration. */
async function h421(change: (text: string) => string, settings = ''): Promise<Finding> {
  const changes: Recording = {
    [PRINT]: { ok: true, value: { code: 0, stdout: change(printed), stderr: '' } },
    [CONF]: { ok: true, value: change(written) },
    [SETTINGS]: { ok: true, value: `${set}${settings}` },
  }
  const host = spoiltHost({ ...SOUND, ...changes }, createRandom('clients'), 0)
  const check = CHECKS.find((candidate) => candidate.code === 'H421')
  return (await check?.run({ ...host, inspect: { ...host.inspect, uid: 0 } })) as Finding
}

const list = (keyword: string, text: string) => (conf: string) =>
  conf.replace(new RegExp(`${keyword} \\{\\s*"?any"?;\\s*\\};`), `${keyword} { ${text} };`)

describe('H421', () => {
  test('is silent where clients are served', async () => {
    expect(await h421((text) => text)).toEqual({ kind: 'ok', seen: 'clients of any network' })
    const some = await h421(list('allow-query', 'localhost; 198.51.100.0/24; 2001:db8:a::/48;'))
    expect(some.kind).toBe('ok')
    const neighbours = await h421(list('allow-query', 'localhost; localnets;'))
    expect(neighbours.kind).toBe('ok')
  })

  test.each(['localhost;', 'none;', '127.0.0.0/8; ::1; localhost;', '192.0.2.53; 2001:db8::53;'])(
    'names the line of allow-query { %s }',
    async (text) => {
      const change = list('allow-query', text)
      const { what, evidence, remedy } = (await h421(change)) as Trouble
      expect(what).toStartWith('named refuses remote clients at 192.0.2.53, 2001:db8::53')
      const line =
        change(written)
          .split('\n')
          .findIndex((candidate) => candidate.includes('allow-query {')) + 1
      expect(evidence[0]).toStartWith(`/etc/bind/named.conf:${line}: allow-query { ${text}`)
      expect(remedy.at(-1)).toBe('rndc reconfig')
      const [typed = ''] = remedy
      expect(typed).toStartWith('# Write allow-query { localhost; localnets; };')
      expect((await h421(list('allow-query', 'localhost; localnets;'))).kind).toBe('ok')
    },
  )

  test('tells the addresses of one family, where only those are shut', async () => {
    const finding = await h421(list('allow-query', '::1; ::/0; 127.0.0.1;'))
    expect(finding).toMatchObject({ kind: 'trouble' })
    expect((finding as Trouble).what).toContain('at 192.0.2.53:')
  })

  test('takes no other server for a client', async () => {
    const change = list('allow-query', 'localhost; 10.9.9.9; 2001:db8:9::9;')
    expect((await h421(change)).kind).toBe('ok')
    const servers =
      '[servers]\ns1.addresses = ["192.0.2.11", "2001:db8::11"]\ns2.addresses = ["10.9.9.9", "2001:db8:9::9"]\n'
    expect((await h421(change, servers)).kind).toBe('trouble')
  })

  test.each<[string, string, string]>([
    ['skip', 'recursion no', 'allow-query { any; };'],
    ['trouble', 'recursion no', ''],
    ['trouble', 'recursion yes', 'allow-query { any; };'],
  ])('is a %s with %s and a zone of its own with "%s"', async (kind, recursion, own) => {
    const zone = `zone "example.org" { type primary; file "z"; ${own} };\n`
    const finding = await h421((text) => {
      const shut = list('allow-query', 'localhost;')(text).replace(/recursion yes/, recursion)
      return `${shut}${zone}`
    })
    expect(finding.kind as string).toBe(kind)
  })

  test('leaves lists that go by countries alone', async () => {
    expect((await h421(list('allow-query', 'geoip country "DE";'))).kind).toBe('skip')
  })
})
