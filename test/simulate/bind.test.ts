// The model of named: sockets that open late or get lost, losses, freezes and what clients feel.
import { describe, expect, test } from 'bun:test'
import { badness, createBind, TTL_S } from '../../src/simulate/bind.ts'
import { createRandom } from '../../src/simulate/random.ts'

const ADDRESS = '198.51.100.53'
const TIMEOUT_MS = 500

function boundServer(seed = 'bind') {
  const bind = createBind(createRandom(seed))
  bind.addressCame(ADDRESS, Number.NEGATIVE_INFINITY)
  const ask = (atMs: number, transport: 'udp' | 'tcp' = 'udp', upstream: string | null = null) =>
    bind.ask(ADDRESS, transport, upstream, TIMEOUT_MS, atMs)
  return { bind, ask }
}

describe('sockets', () => {
  test('an address that is not there is gone, whatever the server is like', () => {
    const { bind, ask } = boundServer()
    bind.addressWent(ADDRESS)
    bind.condition.alive = false
    expect(ask(0).outcome).toBe('address-gone')
  })

  test('they open some milliseconds after an address came, and refuse until then', () => {
    for (let seed = 0; seed < 50; seed++) {
      const bind = createBind(createRandom(`open ${seed}`))
      bind.addressCame(ADDRESS, 1000)
      expect(bind.ask(ADDRESS, 'udp', null, TIMEOUT_MS, 1001.9).outcome).toBe('conn-refused')
      expect(bind.ask(ADDRESS, 'udp', null, TIMEOUT_MS, 1030).outcome).toBe('ok')
    }
  })

  test('a lost socket is lost over TCP only, for one address, until it comes anew', () => {
    const { bind, ask } = boundServer()
    bind.condition.losesNextSocket = true
    bind.addressCame('198.51.100.54', 0)
    bind.addressCame('198.51.100.55', 0)
    const other = (address: string, transport: 'udp' | 'tcp') =>
      bind.ask(address, transport, null, TIMEOUT_MS, 100_000).outcome
    expect(other('198.51.100.54', 'tcp')).toBe('conn-refused')
    expect(other('198.51.100.54', 'udp')).toBe('ok')
    expect(other('198.51.100.55', 'tcp')).toBe('ok')
    expect(ask(100_000, 'tcp').outcome).toBe('ok')
    expect(bind.lossAt('198.51.100.54', 100_000)).toBe(0.5)
    bind.addressWent('198.51.100.54')
    bind.addressCame('198.51.100.54', 200_000)
    expect(bind.ask('198.51.100.54', 'tcp', null, TIMEOUT_MS, 200_030).outcome).toBe('ok')
  })

  test('a restart opens every socket anew, and none of them is lost', () => {
    const { bind, ask } = boundServer()
    bind.condition.losesNextSocket = true
    bind.restarted(0)
    expect(ask(1, 'tcp').outcome).toBe('conn-refused')
    expect(ask(30, 'tcp').outcome).toBe('ok')
  })
})

describe('conditions', () => {
  test('a dead server refuses; a frozen one answers when it thaws, if that is in time', () => {
    const { bind, ask } = boundServer()
    bind.condition.alive = false
    expect(ask(0).outcome).toBe('conn-refused')
    expect(badness(bind.condition, 0)).toBe(1)
    bind.condition.alive = true
    bind.condition.frozenUntilMs = 10_000
    expect(ask(9000)).toMatchObject({ outcome: 'timeout', latencyMs: TIMEOUT_MS })
    const thawing = ask(9700)
    expect(thawing.outcome).toBe('ok')
    expect(thawing.latencyMs).toBeGreaterThan(300)
    expect(badness(bind.condition, 9999)).toBe(1)
    expect(badness(bind.condition, 10_000)).toBe(0)
  })

  test('losses come at their rate, each on its own; in a burst all are lost', () => {
    const { bind, ask } = boundServer()
    bind.condition.errorRate = 0.2
    const lost = Array.from({ length: 5000 }, () => ask(0).outcome).filter(
      (address) => address !== 'ok',
    )
    expect(Math.abs(lost.length / 5000 - 0.2)).toBeLessThan(0.03)
    expect(badness(bind.condition, 0)).toBeCloseTo(0.2)
    expect(bind.lossAt(ADDRESS, 0)).toBeCloseTo(0.2)
    bind.condition.inBurst = true
    expect(ask(0).outcome).toBe('timeout')
    expect(bind.lossAt(ADDRESS, 0)).toBe(1)
  })

  test('an upstream outage is SERVFAIL to upstream questions and nothing to others', () => {
    const { bind, ask } = boundServer()
    bind.condition.upstreamDown = true
    expect(ask(0, 'udp', 'www.example.com').outcome).toBe('servfail')
    expect(ask(0, 'udp').outcome).toBe('ok')
  })

  test('nor to what is in the cache, which no name is that is new each time', () => {
    const { bind, ask } = boundServer()
    const [fixed, random] = ['www.example.com', '{random}.example.com']
    expect([fixed, random].map((text) => ask(0, 'udp', text).ttlS)).toEqual([TTL_S, TTL_S])
    bind.condition.upstreamDown = true
    expect(ask(60_000, 'udp', fixed)).toMatchObject({ outcome: 'ok', ttlS: TTL_S - 60 })
    expect(ask(60_000, 'udp', random).outcome).toBe('servfail')
    expect(ask(TTL_S * 1000, 'udp', fixed).outcome).toBe('servfail')
    bind.condition.upstreamDown = false
    ask(1_000_000, 'udp', fixed)
    bind.condition.upstreamDown = true
    bind.restarted(1_000_000)
    expect(ask(1_000_100, 'udp', fixed).outcome).toBe('servfail')
  })

  test('slowness multiplies latencies, and what takes too long is a timeout', () => {
    const { bind, ask } = boundServer()
    bind.condition.slowness = 10_000
    expect(ask(0)).toMatchObject({ outcome: 'timeout', latencyMs: TIMEOUT_MS })
    bind.condition.slowness = 100
    const latencies = Array.from({ length: 200 }, () => ask(0).latencyMs)
    expect(Math.min(...latencies)).toBeGreaterThanOrEqual(20)
  })
})
