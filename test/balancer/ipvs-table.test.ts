// The kernel's IPVS table, as it was on a balancer with an open connection to a real server that is drained.
import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { parseIpvs, trafficTo } from '../../src/balancer/ipvs-table.ts'

const TABLE = readFileSync(join(import.meta.dir, 'testdata/ip_vs.txt'), 'utf8')

describe('/proc/net/ip_vs', () => {
  const services = parseIpvs(TABLE)

  test('has both halves of both families', () => {
    expect(
      services.map((service) => [
        service.protocol,
        service.address,
        service.port,
        service.scheduler,
        service.flags.join(),
      ]),
    ).toEqual([
      ['UDP', '2001:db8::53', 53, 'wrr', ''],
      ['TCP', '2001:db8::53', 53, 'wrr', ''],
      ['TCP', '192.0.2.53', 53, 'wrr', ''],
      ['UDP', '192.0.2.53', 53, 'wrr', 'ops'],
    ])
  })

  test('has the real servers of each with weight and connections', () => {
    const drained = { port: 53, forward: 'Route', weight: 0, inactive: 0 }
    expect(services.map(({ destinations }) => destinations[0])).toEqual([
      { ...drained, address: '2001:db8::33', active: 0 },
      { ...drained, address: '2001:db8::33', active: 0 },
      { ...drained, address: '192.0.2.33', active: 1 },
      { ...drained, address: '192.0.2.33', active: 0 },
    ])
    expect(services.map(({ destinations }) => destinations.length)).toEqual([3, 3, 3, 3])
  })

  const virtual = ['192.0.2.53', '2001:db8::53']
  const others = { virtual, real: ['192.0.2.31', '192.0.2.32'], port: 53 }

  test('connections are counted over all halves of that service alone', () => {
    const real = ['192.0.2.33', '2001:db8::33']
    expect(trafficTo(services, [{ virtual, real, port: 53 }])).toEqual({ weight: 0, active: 1 })
    expect(trafficTo(services, [{ virtual, real, port: 853 }]).active).toBe(0)
    expect(trafficTo(services, [{ virtual: ['192.0.2.54'], real, port: 53 }]).active).toBe(0)
    expect(trafficTo(services, [others]).active).toBe(0)
  })

  test('a real server weighs what its heaviest half does, and nothing where it is in no table', () => {
    const raised = TABLE.replace(/(-> C000021F:0035\s+Route\s+)\d+/, '$1250')
    expect(trafficTo(parseIpvs(raised), [others]).weight).toBe(250)
    expect(trafficTo([], [others])).toEqual({ weight: 0, active: 0 })
    const marked = parseIpvs('FWM  00000035 rr\n  -> C000021F:0035      Route   7 1 0\n')
    expect(trafficTo(marked, [others])).toEqual({ weight: 0, active: 0 })
  })

  test('a service by firewall mark has no address', () => {
    const text =
      'FWM  00000035 wlc persistent 300 FFFFFFFF\n  -> C0000221:0035      Masq    1 2 3\n'
    expect(parseIpvs(text)).toEqual([
      {
        protocol: 'FWM',
        address: null,
        port: 53,
        scheduler: 'wlc',
        flags: ['persistent', '300', 'FFFFFFFF'],
        destinations: [
          { address: '192.0.2.33', port: 53, forward: 'Masq', weight: 1, active: 2, inactive: 3 },
        ],
      },
    ])
  })

  test('whatever else it holds is left out', () => {
    const lines = TABLE.split('\n')
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom(...lines))), (soup) => {
        const known = soup.filter((line) => lines.includes(line) && line.startsWith('TCP'))
        expect(parseIpvs(soup.join('\n')).length).toBeGreaterThanOrEqual(known.length)
      }),
    )
  })
})
