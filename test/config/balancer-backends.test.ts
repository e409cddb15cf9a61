// Which source ports and marks lead to a real server, and where each is asked.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { backendAddresses } from '../../src/balancer/backend.ts'
import { ledFamilies, parseIpvs } from '../../src/balancer/ipvs-table.ts'
import {
  allMarkedPorts,
  backendsOf,
  type MarkedBackend,
  markedBackends,
} from '../../src/config/balancer-backends.ts'
import type { BalancerConfig, Forwarding } from '../../src/config/balancer-table.ts'
import { configOf } from './parsing.ts'

interface ServiceShape {
  readonly forwarding: Forwarding
  readonly servers: number
  readonly v6: boolean
}

function balancerOf(services: readonly ServiceShape[], lines = ''): BalancerConfig {
  const tables = services.map(({ forwarding, servers, v6 }, index) => {
    const both = (host: number) => [`192.0.2.${host}`, ...(v6 ? [`2001:db8::${host}`] : [])]
    const list = (host: number) => JSON.stringify(both(host))
    const reals = Array.from({ length: servers }, (_, server) => {
      const host = 100 + index * 10 + server
      return `[balancer.services.s${index}.servers.ns${server}]\naddresses = ${list(host)}\n`
    })
    return `[balancer.services.s${index}]
addresses = ${list(index + 1)}
lvs_method = "${forwarding}"
${reals.join('')}`
  })
  const moved = services.flatMap((_, index) => [`192.0.2.${index + 1}`, `2001:db8::${index + 1}`])
  const text = `[clusters.p.instances.i]
addresses = ${JSON.stringify(moved)}
[servers.lb1]
addresses = ["192.0.2.250", "2001:db8::250"]
[balancer]
${lines}
${tables.join('')}`
  return configOf(text, 'lb1').balancer as BalancerConfig
}

const CHECKED = 'check_virtual = true\ncheck_source_port_base = 30000'
const SHAPES = fc.array(
  fc.record({
    forwarding: fc.constantFrom<Forwarding>('dr', 'tun', 'nat'),
    servers: fc.integer({ min: 1, max: 5 }),
    v6: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
)

describe('real servers that are asked at virtual addresses', () => {
  test('are none unless these are checked', () => {
    const balancer = balancerOf([{ forwarding: 'dr', servers: 2, v6: true }])
    expect(markedBackends(balancer)).toEqual([])
    expect(allMarkedPorts(balancer)).toBeNull()
    const [first] = backendsOf(balancer).map((backend) => backendAddresses(backend, balancer))
    expect(first?.map((localAddress) => localAddress.interface)).toEqual(['remote', 'remote'])
  })

  test('have ports in the order of the file, and marks by which one can tell whose they are', () => {
    const translated = { forwarding: 'nat', servers: 2, v6: true } as const
    const direct = { forwarding: 'dr', servers: 2, v6: true } as const
    const tunnelled = { forwarding: 'tun', servers: 1, v6: false } as const
    const balancer = balancerOf([direct, translated, tunnelled], CHECKED)
    const marks = (v4: number, ...v6: readonly number[]) => [
      { family: 4 as const, mark: v4 },
      ...v6.map((mark) => ({ family: 6 as const, mark })),
    ]
    expect(
      markedBackends(balancer).map((markedBackend) => [
        markedBackend.backend.name,
        markedBackend.ports.first,
        markedBackend.ports.last,
        markedBackend.marks,
      ]),
    ).toEqual([
      ['s0.ns0', 30_000, 30_127, marks(30_000, 30_001)],
      ['s0.ns1', 30_128, 30_255, marks(30_128, 30_129)],
      ['s2.ns0', 30_256, 30_383, marks(30_256)],
    ])
    expect(allMarkedPorts(balancer)).toEqual({ first: 30_000, last: 30_383 })
  })

  test('are led to where the kernel has a service by mark for them alone', () => {
    const balancer = balancerOf([{ forwarding: 'dr', servers: 2, v6: true }], CHECKED)
    const [first, second] = markedBackends(balancer) as [MarkedBackend, MarkedBackend]
    const led = (...lines: readonly string[]) => {
      const services = parseIpvs(lines.join('\n'))
      return [ledFamilies(services, first), ledFamilies(services, second)]
    }
    const to = (hex: string) => `  -> ${hex}:0000      Route   1      0          0`
    const [ns0, ns1] = ['C0000264', 'C0000265'].map(to) as [string, string]
    const ns0v6 = to('[2001:0db8:0000:0000:0000:0000:0000:0100]')
    expect(led('FWM  00007530 rr ops', ns0, 'FWM  00007531 rr ops', ns0v6)).toEqual([[4, 6], []])
    expect(led('FWM  00007530 rr ops', ns0, 'FWM  000075B0 rr ops', ns1)).toEqual([[4], [4]])
    // As it is between two reloads, when the order of real servers has changed.
    expect(led('FWM  00007530 rr ops', ns1, 'FWM  000075B0 rr ops', ns0)).toEqual([[], []])
    expect(led('FWM  00007530 rr ops', ns0, ns1, 'FWM  000075B0 rr ops')).toEqual([[], []])
    expect(led('UDP  C0000201:7530 rr ops', ns0)).toEqual([[], []])
  })

  test('share no port and no mark, whatever the services', () => {
    fc.assert(
      fc.property(SHAPES, (shapes) => {
        const balancer = balancerOf(shapes, CHECKED)
        const marked = markedBackends(balancer)
        const marks = marked.flatMap((markedBackend) => markedBackend.marks.map(({ mark }) => mark))
        expect(new Set(marks).size).toBe(marks.length)
        for (const [index, { ports }] of marked.entries()) {
          const next = marked[index + 1]?.ports.first ?? 65_536
          expect(ports.last).toBeGreaterThan(ports.first)
          expect(ports.last).toBeLessThan(next)
        }
        for (const backend of backendsOf(balancer)) {
          const isMarked = marked.some(
            (markedBackend) => markedBackend.backend.name === backend.name,
          )
          const virtual = backendAddresses(backend, balancer).filter(
            (backendAddress) => backendAddress.interface === 'virtual',
          )
          const wanted = isMarked ? backend.service.addresses.map((address) => address.address) : []
          expect(virtual.map((localAddress) => localAddress.address)).toEqual(wanted)
        }
      }),
    )
  })
})
