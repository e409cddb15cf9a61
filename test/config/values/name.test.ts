// Names of servers: no case, and a short name for a full one, in orders, in [servers] and on the command line.

import { describe, expect, test } from 'bun:test'
import { backendsNamed } from '../../../src/balancer/backend.ts'
import { backendsOf } from '../../../src/config/balancer-backends.ts'
import { editOrder, orderLines } from '../../../src/config/order-edit.ts'
import { forgottenServers, parseOrder, unknownServers } from '../../../src/config/order-file.ts'
import { parseConfig } from '../../../src/config/parse.ts'
import { isSameServer, serverNames } from '../../../src/config/values/name.ts'
import { configOf } from '../parsing.ts'

const FILE = '/etc/holdfast/order/recdns'
const CLUSTER = '[clusters.dns.instances.dns0]\naddresses = ["192.0.2.9/24"]\n'

const parse = (text: string, hostname = 'NS1.example.net') =>
  parseConfig(`${CLUSTER}${text}`, { file: 'holdfast.toml', hostname })

const poolConfig = (text: string, hostname = 'NS1.example.net') =>
  configOf(`${CLUSTER}${text}`, hostname)

function complaintsOf(text: string, hostname?: string) {
  const parsed = parse(text, hostname)
  return parsed.ok
    ? []
    : parsed.diagnostics.map(({ line, code, text: said }) => ({ line, code, said }))
}

test.each([
  ['ns1', 'NS1', true],
  ['ns1', 'ns1.example.net', true],
  ['NS1.Example.Net', 'ns1.example.net', true],
  ['ns1.example.net', 'ns1.example.org', false],
  ['ns1', 'ns10', false],
  ['ns1.a', 'ns10.a', false],
])('%s and %s', (one, other, expected) => {
  expect(isSameServer(one, other)).toBe(expected)
  expect(isSameServer(other, one)).toBe(expected)
})

describe('this server', () => {
  test('is the table that its host name means', () => {
    const name = (text: string) => poolConfig(text).server.name
    expect(name('')).toBe('NS1')
    expect(name('[servers.ns1]\n[servers.ns2]\n')).toBe('ns1')
    expect(name('[servers."ns1.example.net"]\n[servers."ns1.example.org"]\n')).toBe(
      'ns1.example.net',
    )
    expect(name('[server]\nname = "NS1.example.net"\n[servers.ns1]\n')).toBe('ns1')
  })

  test('has its own addresses taken from that table', () => {
    const table = '[servers.ns1]\naddresses = ["192.0.2.11"]\n'
    expect(serverNames(poolConfig(table))).toEqual(['ns1'])
  })

  test('must say which it is where several may be meant', () => {
    const servers = '[servers."ns1.example.net"]\n[servers."ns1.example.org"]\n'
    expect(complaintsOf(servers, 'ns1')).toMatchObject([{ line: 3, code: 'E_DUPLICATE_SERVER' }])
    const named = complaintsOf(`[server]\nname = "ns1"\n${servers}`)
    expect(named).toMatchObject([{ line: 4, code: 'E_DUPLICATE_SERVER' }])
  })
})

test('a server that has two tables is an error at the second', () => {
  const found = complaintsOf('[servers.ns1]\n[servers.ns2]\n[servers."NS1.example.net"]\n', 'ns2')
  expect(found).toMatchObject([{ line: 5, code: 'E_DUPLICATE_SERVER' }])
  expect(found[0]?.said).toContain('"ns1" on line 3')
  const real = (name: string) =>
    `[balancer.services.dns.servers.${name}]\naddresses = ["192.0.2.1${name.length}"]\n`
  const balancer = `[balancer.services.dns]\naddresses = ["192.0.2.9"]\n${real('ns3')}${real('"NS3.a"')}`
  expect(complaintsOf(balancer)).toMatchObject([{ code: 'E_DUPLICATE_SERVER' }])
})

describe('an order', () => {
  test('calls servers as the configuration does', () => {
    const known = ['ns1', 'ns2.example.net', 'ns3.a', 'ns3.b']
    const parsed = parseOrder('NS2\nns1.example.net\nNS3.A\nns9\n', FILE, known)
    expect(parsed).toEqual({ ok: true, value: ['ns2.example.net', 'ns1', 'ns3.a', 'ns9'] })
  })

  test.each([
    ['ns1\nns2\nNS1\n', 3],
    ['ns1.example.net\nns1\n', 2],
    ['ns1\nns2\nNs1.example.net # again\n', 3],
  ])('that names a server twice is refused at the second line: %j', (text, line) => {
    const parsed = parseOrder(text, FILE)
    const found = parsed.ok ? [] : parsed.diagnostics
    expect(found).toMatchObject([{ line, code: 'E_DUPLICATE_SERVER' }])
    expect(found[0]?.text).toContain('on line 1')
  })

  test('may name two full names that begin alike', () => {
    expect(parseOrder('ns1.a\nns1.b\n', FILE).ok).toBe(true)
  })

  test('is held against the servers by their names', () => {
    const servers = ['ns1', 'ns2.example.net', 'ns3.a', 'ns3.b']
    const text = 'NS1.example.net\n#ns2\nns3\n'
    const found = unknownServers(text, FILE, servers)
    expect(found).toMatchObject([{ line: 3, hint: 'write the full name: ns3.a or ns3.b' }])
    expect(forgottenServers(text, FILE, 'dns', servers)).toEqual([])
  })
})

describe('an edit of an order', () => {
  const known = ['ns1', 'ns2', 'ns3']

  test('finds a server by any of its names', () => {
    const text = 'ns1.example.net\nNS2 # the spare\n#ns3\n'
    const edited = (kind: 'promote' | 'remove' | 'add', server: string) =>
      editOrder(text, { kind, server }, known)
    expect(edited('promote', 'ns2.example.net')).toMatchObject({
      text: 'NS2 # the spare\nns1.example.net\n#ns3\n',
    })
    expect(edited('remove', 'NS1')).toMatchObject({ text: `#${text}` })
    expect(edited('add', 'NS3.example.net')).toMatchObject({ text: text.replace('#ns3', 'ns3') })
    expect(edited('add', 'NS1')).toEqual({ ok: true, text, changed: false })
  })

  test('adds a server as [servers] calls it', () => {
    const edited = editOrder('ns1\n', { kind: 'add', server: 'NS2.example.net' }, known)
    expect(edited).toMatchObject({ text: 'ns1\nns2\n' })
    expect(orderLines('NS1.example.net\n', known)).toMatchObject([{ server: 'ns1' }])
  })
})

test('a real server is meant by any of its names, with its service or without', () => {
  const real = (name: string, last: number) =>
    `[balancer.services.dns.servers.${name}]\naddresses = ["192.0.2.${last}"]\n`
  const text = `[balancer.services.dns]\naddresses = ["192.0.2.9"]\n${real('ns1', 11)}${real('"ns2.example.net"', 12)}`
  const { balancer } = poolConfig(text, 'lb1')
  if (balancer === null) throw new Error('there is no balancer')
  const named = (name: string) =>
    backendsNamed(name, backendsOf(balancer)).map((backend) => backend.name)
  for (const name of ['ns1', 'NS1', 'ns1.example.net', 'dns.ns1', 'DNS.NS1.example.net'])
    expect(named(name)).toEqual(['dns.ns1'])
  for (const name of ['ns2', 'dns.NS2', 'ns2.example.net'])
    expect(named(name)).toEqual(['dns.ns2.example.net'])
  expect(named('ns3')).toEqual([])
})
