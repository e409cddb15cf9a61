// A balancer's own health: its virtual addresses are its endpoints, and quorums what they are asked for.
import { describe, expect, test } from 'bun:test'
import { backendsNamed } from '../../src/balancer/backend.ts'
import { ownConfig, ownTable, quorumTrouble } from '../../src/balancer/quorum.ts'
import { backendsOf } from '../../src/config/balancer-backends.ts'
import { addressFilter } from '../../src/core/probed-addresses.ts'
import { testConfig } from '../core/config.ts'
import { local } from '../core/world.ts'
import { madeBalancer, madeService } from './made-balancer.ts'

const SERVICE = madeService({
  name: 'recdns',
  addresses: [
    { family: 4, address: '192.0.2.53' },
    { family: 6, address: '2001:db8::53' },
  ],
  quorum: 2,
  servers: ['ns1', 'ns2'].map((name) => ({ name, addresses: [], weight: 100 })),
})
const BALANCER = madeBalancer([SERVICE, { ...SERVICE, name: 'dot', port: 853 }])
const CONFIG = {
  ...testConfig(),
  clusters: [
    {
      name: 'recdns',
      orderFile: '/order',
      instances: [
        {
          name: 'recdns0',
          addresses: ['192.0.2.53', '2001:db8::53', '192.0.2.54'],
          reverseOrder: false,
        },
      ],
    },
  ],
  balancer: BALANCER,
}

describe('names of backends', () => {
  const all = backendsOf(BALANCER)

  test('are SERVICE.SERVER', () => {
    expect(all.map(({ name }) => name)).toEqual(['recdns.ns1', 'recdns.ns2', 'dot.ns1', 'dot.ns2'])
  })

  test.each([
    ['recdns.ns2', ['recdns.ns2']],
    ['ns2', ['recdns.ns2', 'dot.ns2']],
    ['recdns', []],
    ['', []],
  ])('%j means %j', (name, meant) => {
    expect(backendsNamed(name, all).map((backend) => backend.name)).toEqual(meant)
  })
})

describe('the balancer’s own endpoints', () => {
  const own = ownConfig(CONFIG, BALANCER)
  const isProbed = addressFilter(own.addresses)
  const probed = (addresses: Parameters<typeof ownTable>[0]['addresses']) =>
    ownTable({ addresses, removed: [] }, CONFIG, BALANCER).addresses.filter(isProbed)

  test('are its virtual addresses, each once, whether they are here or not', () => {
    expect(probed([]).map(({ address }) => address)).toEqual(['192.0.2.53', '2001:db8::53'])
    const there = probed([local('192.0.2.21'), local('192.0.2.54'), local('127.0.0.1', 'lo')])
    expect(there.map(({ address }) => address)).toEqual(['192.0.2.53', '2001:db8::53'])
  })

  test('leave what is held to be seen', () => {
    const table = ownTable({ addresses: [local('192.0.2.54')], removed: [] }, CONFIG, BALANCER)
    expect(table.addresses.filter(({ loopback }) => !loopback)).toEqual([local('192.0.2.54')])
  })
})

describe('the quorum', () => {
  const count = (service: string, inPool: number) => ({ service, inPool, of: 3, quorum: 2 })

  test.each([2, 3])('is met with %i of 3', (inPool) => {
    expect(quorumTrouble([count('recdns', inPool)])).toBeNull()
  })

  test('that is not met is said in a sentence, for each service', () => {
    expect(quorumTrouble([count('recdns', 1), count('dot', 3), count('doh', 0)])).toBe(
      'service recdns: 1 of 3 real servers in the pool, 2 needed; service doh: 0 of 3 real servers in the pool, 2 needed',
    )
  })
})
