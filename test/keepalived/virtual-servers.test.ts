// What IPVS is told: both halves of a service alike, and nothing in the pool that no file speaks for.
import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { GOLDEN_NAMES, goldenToml, render, renderable } from './golden.ts'
import { canTest, configTest } from './itself.ts'

const BALANCERS = GOLDEN_NAMES.filter((name) => goldenToml(name).includes('[balancer.'))

interface VirtualServer {
  readonly address: string
  readonly protocol: string
  /** What stands in it besides the protocol. */
  readonly lines: readonly string[]
}

function virtualServersOf(conf: string): readonly VirtualServer[] {
  return [...conf.matchAll(/^virtual_server (\S+ \d+) \{\n {2}protocol (\w+)\n(.*?)^\}/gms)].map(
    ([, address = '', protocol = '', body = '']) => {
      return { address, protocol, lines: body.trimEnd().split('\n') }
    },
  )
}

test('there are shapes to look at', () => {
  expect(BALANCERS.length).toBeGreaterThan(3)
})

describe.each(BALANCERS)('%s', (name) => {
  const conf = render(goldenToml(name))
  const services = renderable(goldenToml(name)).config.balancer?.services ?? []

  test('every virtual address has a UDP and a TCP half, which differ in nothing else', () => {
    const wanted = services.flatMap((service) =>
      service.addresses.map((at) => `${at.address} ${service.port}`),
    )
    const all = virtualServersOf(conf)
    expect([...new Set(all.map((virtualServer) => virtualServer.address))]).toEqual(wanted)
    for (const address of wanted) {
      const both = all.filter((virtualServer) => virtualServer.address === address)
      expect(both.map((virtualServer) => virtualServer.protocol)).toEqual(['UDP', 'TCP'])
      const [udp, tcp] = both.map((virtualServer) =>
        virtualServer.lines.filter((line) => line !== '  ops'),
      )
      expect(udp).toEqual(tcp)
    }
  })

  test('every real server of its family is in it, and follows the files of its backend', () => {
    for (const { address, lines } of virtualServersOf(conf)) {
      const family = address.includes(':') ? 6 : 4
      const service = services.find((balancedService) =>
        balancedService.addresses.some((at) => `${at.address} ${balancedService.port}` === address),
      )
      const wanted = service?.servers.flatMap((server) =>
        server.addresses
          .filter((familyAddress) => familyAddress.family === family)
          .map((familyAddress) => [
            `${familyAddress.address} ${service.port}`,
            `weight:${service.name}.${server.name}`,
            `weight:out:${service.name}.${server.name}`,
          ]),
      )
      const found = lines.join('\n').matchAll(/ real_server ([^\n]*) \{\n(.*?)^ {2}\}/gms)
      const follows = [...found].map(([, at, body = '']) => {
        const trackers = [...body.matchAll(/ {6}track_file (\S+)/g)].map(([, match]) => match)
        expect(trackers[0]).toBe('weight:one')
        expect(body).toStartWith('    weight 1\n')
        return [at, ...trackers.slice(1)]
      })
      expect(follows).toEqual(wanted ?? [])
    }
  })

  test('each file is defined once, above all that follows it, with its own weight', () => {
    const files = services.flatMap((service) =>
      service.servers.map((server) => `${service.name}.${server.name}`),
    )
    for (const file of files) {
      for (const name of [file, `out:${file}`])
        expect(conf.split(`\ntrack_file weight:${name} {\n`)).toHaveLength(2)
      expect(conf).toContain(`  file /run/holdfast/weight/out:${file}\n  weight 0\n`)
    }
    expect(conf).toContain('  file /run/holdfast/one\n  weight -1\n  init_file 1\n')
    expect(conf.lastIndexOf('\ntrack_file weight:')).toBeLessThan(conf.indexOf('\nvirtual_server'))
  })
})

describe('one packet', () => {
  test('is for UDP where nothing has to be remembered', () => {
    const ops = (name: string, from = '', to = '') =>
      virtualServersOf(render(goldenToml(name).replace(from, to)))
        .filter((virtualServer) => virtualServer.lines.includes('  ops'))
        .map((virtualServer) => virtualServer.protocol)
    expect(ops('balancer-pair')).toEqual(['UDP', 'UDP'])
    expect(ops('balancer-tun', 'ops = false', '')).toEqual(['UDP'])
    expect(ops('balancer-tun')).toEqual([])
    expect(ops('balancer-nat')).toEqual([])
  })

  test('what must be remembered is so for seconds', () => {
    const timeouts = (name: string) => /^ {2}lvs_timeouts .*/m.exec(render(goldenToml(name)))?.[0]
    expect(timeouts('balancer-nat')).toBe('  lvs_timeouts udp 10')
    expect(timeouts('balancer-tun')).toBe('  lvs_timeouts udp 10')
    expect(timeouts('balancer-pair')).toBeUndefined()
  })
})

test('connections are told to others where there are others', () => {
  const pair = goldenToml('balancer-pair')
  expect(render(pair)).toContain('  lvs_sync_daemon eth0 inst recdns0 id 53\n')
  const alone = pair.replace(/\[servers\.lb2\]\n.*\n/, '')
  expect(alone).not.toBe(pair)
  expect(render(alone)).not.toContain('lvs_sync_daemon')
})

test('a host without [balancer] hears nothing of IPVS', () => {
  expect(render(goldenToml('ten-lines'))).not.toMatch(/lvs|virtual_server|weight:/)
})

describe.skipIf(!canTest())('keepalived itself', () => {
  test('would do without the quorum if the weights were written as they are', () => {
    const conf = render(goldenToml('balancer-nat'))
    const { code, said } = configTest(conf.replaceAll('    weight 1\n', '    weight 0\n'))
    expect(code).toBe(5)
    expect(said).toContain('reducing quorum to 0')
    expect(configTest(conf)).toEqual({ code: 0, said: '' })
    expect(existsSync('/run/holdfast/one')).toBe(false)
  })

  test('complains of a file that is followed and not defined', () => {
    const conf = render(goldenToml('balancer-nat'))
    const defined = 'track_file weight:recdns.ns1 {'
    expect(configTest(conf.replace(defined, 'track_file weight:recdns.ns2 {')).code).toBe(5)
  })
})
