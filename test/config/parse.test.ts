// holdfast.toml to Config: defaults, every key, other spellings.
import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLUSTER, configOf, errors } from './parsing.ts'

const GOOD = join(import.meta.dir, 'testdata/good')

function goodFile(name: string): string {
  return readFileSync(join(GOOD, name), 'utf8')
}

describe('good files', () => {
  test.each(readdirSync(GOOD))('%s', (name) => {
    expect(errors(goodFile(name))).toEqual([])
  })

  test('ten lines are enough: all else has a default', () => {
    const text = goodFile('ten-lines.toml')
    expect(text.split('\n').length).toBeLessThanOrEqual(10)
    expect(configOf(text)).toEqual({
      server: { name: 'ns1' },
      clusters: [
        {
          name: 'recdns',
          orderFile: '/etc/holdfast/order/recdns',
          instances: [
            { name: 'recdns0', addresses: ['192.0.2.53', '2001:db8::53'], reverseOrder: false },
            { name: 'recdns1', addresses: ['192.0.2.54', '2001:db8::54'], reverseOrder: true },
          ],
        },
      ],
      groups: [
        {
          name: 'local',
          kind: 'required',
          transports: ['udp', 'tcp'],
          timeoutMs: 500,
          probes: [
            {
              question: { name: '127.in-addr.arpa', type: 'SOA', class: 'IN' },
              expect: { rcode: 'NOERROR', flags: [], contains: [], minAnswers: 1 },
            },
          ],
        },
      ],
      addresses: {
        excludeInterfaces: [],
        exclude: ['fe80::/10'],
        serviceAddressesOnLoopback: false,
        newAddressGraceMs: 1000,
        rescanIntervalMs: 10_000,
      },
      timing: {
        checkIntervalMs: 1000,
        slowThresholdMinMs: 50,
        retries: 3,
        retryWindowMs: 100,
        maxConcurrentQueries: 256,
      },
      flap: {
        fall: 1,
        fallReset: 3,
        rise: 3,
        riseHolder: 1,
        backoffMinMs: 1000,
        backoffMaxMs: 8000,
        backoffHoldMs: 10_000,
        failbackDelayMs: 60_000,
        failbackDelayMaxMs: 3_600_000,
        holderToleranceMs: 5000,
        holderToleranceMaxMs: 20_000,
      },
      paths: { runDir: '/run/holdfast', stateDir: '/var/lib/holdfast' },
      daemon: { startCommand: ['systemctl', 'start', 'holdfast'], logLevel: 'info' },
      notify: {
        groupWaitMs: 2000,
        groupIntervalMs: 60_000,
        maxPerHour: 20,
        backends: true,
        channels: [],
      },
      servers: [],
      election: { mode: 'track_file', vrrpVersion: 3, advertIntervalMs: 100 },
      cacheWarming: {
        namesFile: null,
        queriesPerSecond: 50,
        standbyQueriesPerSecond: 1,
        maxDelayMs: 60_000,
      },
      metrics: { textfile: '/run/holdfast/holdfast.prom', intervalMs: 15_000, listen: null },
      balancer: null,
    })
  })

  test('every key arrives where it belongs', () => {
    const answer = { rcode: 'NOERROR', flags: [], contains: [], minAnswers: 1 }
    const { groups, ...rest } = configOf(goodFile('full.toml'))
    expect(rest).toEqual({
      server: { name: 'ns1' },
      clusters: [
        {
          name: 'recdns',
          orderFile: '/srv/order/recdns',
          instances: [
            { name: 'recdns0', addresses: ['192.0.2.53', '2001:db8::53'], reverseOrder: false },
            { name: 'recdns1', addresses: ['192.0.2.54', '2001:db8::54'], reverseOrder: true },
          ],
        },
      ],
      addresses: {
        excludeInterfaces: ['docker*', 'lxc0'],
        exclude: ['10.0.0.0/8', '192.0.2.99/32', '2001:db8:1::/48'],
        serviceAddressesOnLoopback: true,
        newAddressGraceMs: 2000,
        rescanIntervalMs: 60_000,
      },
      timing: {
        checkIntervalMs: 500,
        slowThresholdMinMs: 20,
        retries: 0,
        retryWindowMs: 0,
        maxConcurrentQueries: 64,
      },
      flap: {
        fall: 2,
        fallReset: 4,
        rise: 6,
        riseHolder: 2,
        backoffMinMs: 500,
        backoffMaxMs: 60_000,
        backoffHoldMs: 0,
        failbackDelayMs: 30_000,
        failbackDelayMaxMs: 120_000,
        holderToleranceMs: 0,
        holderToleranceMaxMs: 1000,
      },
      paths: { runDir: '/run/hf', stateDir: '/srv/hf' },
      daemon: { startCommand: ['/bin/true'], logLevel: 'debug' },
      notify: {
        groupWaitMs: 2000,
        groupIntervalMs: 60_000,
        maxPerHour: 20,
        backends: true,
        channels: [],
      },
      servers: [
        {
          name: 'ns1',
          addresses: [
            { family: 4, address: '192.0.2.11' },
            { family: 6, address: '2001:db8::11' },
          ],
        },
        { name: 'ns2', addresses: [{ family: 4, address: '192.0.2.12' }] },
      ],
      election: { mode: 'track_script', vrrpVersion: 2, advertIntervalMs: 2000 },
      cacheWarming: {
        namesFile: '/etc/holdfast/warm.names',
        queriesPerSecond: 100,
        standbyQueriesPerSecond: 0,
        maxDelayMs: 90_000,
      },
      metrics: {
        textfile: '/var/lib/prometheus/node-exporter/holdfast.prom',
        intervalMs: 30_000,
        listen: { address: '::1', port: 10853 },
      },
      balancer: null,
    })
    expect(groups).toEqual([
      {
        name: 'local',
        kind: 'required',
        transports: ['tcp'],
        timeoutMs: 250,
        probes: [
          { question: { name: '127.in-addr.arpa', type: 'SOA', class: 'IN' }, expect: answer },
          {
            question: { name: 'localhost', type: 'A', class: 'IN' },
            expect: { ...answer, flags: ['ra'], contains: ['127.0.0.1'], minAnswers: 2 },
          },
          {
            question: { name: 'nothing.invalid', type: 'AAAA', class: 'IN' },
            expect: { ...answer, rcode: 'NXDOMAIN', minAnswers: 0 },
          },
          {
            question: { name: 'version.bind', type: 'TXT', class: 'CH' },
            expect: { ...answer, rcode: 'REFUSED', minAnswers: 0 },
          },
          {
            question: { name: 'www.example.com', type: 'HTTPS', class: 'IN' },
            expect: { ...answer, minAnswers: 0 },
          },
        ],
      },
      {
        name: 'internet',
        kind: 'upstream',
        transports: ['udp', 'tcp'],
        timeoutMs: 3000,
        quorum: 1,
        intervalMs: 10_000,
        fall: 4,
        rise: 5,
        probes: [
          { question: { name: 'www.example.com', type: 'A', class: 'IN' }, expect: answer },
          { question: { name: 'www.example.net', type: 'A', class: 'IN' }, expect: answer },
          { question: { name: '.', type: 'NS', class: 'IN' }, expect: answer },
        ],
      },
    ])
  })

  test('dotted and quoted keys, inline tables and arrays of tables say the same', () => {
    const { clusters, groups } = configOf(goodFile('other-spellings.toml'))
    expect(clusters[0]?.instances.map((instance) => instance.name)).toEqual(['recdns0', 'recdns1'])
    expect(groups[0]?.timeoutMs).toBe(250)
    expect(groups[0]?.probes.map((probe) => probe.question.type)).toEqual(['A', 'AAAA'])
  })
})

describe('defaults that depend on something', () => {
  test('upstream groups have their own, and a majority as quorum', () => {
    const probes = (count: number) => Array(count).fill('"www.example.com A"').join(', ')
    const quorums = [1, 2, 3, 4, 5].map((count) => {
      const text = `${CLUSTER}[checks.up]\nkind = "upstream"\nprobes = [${probes(count)}]\n`
      return configOf(text).groups.find((group) => group.kind === 'upstream')
    })
    expect(quorums.map((group) => group?.quorum)).toEqual([1, 2, 2, 3, 3])
    expect(quorums[0]).toMatchObject({
      transports: ['udp'],
      timeoutMs: 2000,
      intervalMs: 5000,
      fall: 3,
      rise: 2,
    })
  })

  test('without a required group there is one for local data, under a free name', () => {
    const upstream = (name: string) =>
      `[checks.${name}]\nkind = "upstream"\nprobes = ["www.example.com A"]\n`
    const names = (text: string) => configOf(text).groups.map((group) => group.name)
    expect(names(CLUSTER)).toEqual(['local'])
    expect(names(`${CLUSTER}${upstream('internet')}`)).toEqual(['local', 'internet'])
    expect(names(`${CLUSTER}${upstream('local')}`)).toEqual(['local-data', 'local'])
    expect(names(`${CLUSTER}[checks.own]\nprobes = ["localhost A"]\n`)).toEqual(['own'])
  })

  test('the server is called by the first label of the host name', () => {
    expect(configOf(CLUSTER, 'ns2').server.name).toBe('ns2')
    expect(configOf(`${CLUSTER}[server]\nname = "other.name"\n`).server.name).toBe('other.name')
  })

  test('a host name that cannot be one is an error, unless the file has a name', () => {
    expect(errors(CLUSTER, '')).toEqual(['1:1 E_NAME'])
    expect(errors(`${CLUSTER}[server]\n`, 'büro')).toEqual(['3:2 E_NAME'])
    expect(errors(`${CLUSTER}[server]\nname = "ns1"\n`, '')).toEqual([])
    // An invalid name in the file is one error, not two.
    expect(errors(`${CLUSTER}[server]\nname = "a b"\n`, '')).toEqual(['4:8 E_NAME'])
  })
})
