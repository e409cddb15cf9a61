// The exposition: Debian's promtool finds nothing to say of it, whatever the state and the names.
import { describe, expect, test } from 'bun:test'
import { createTally } from '../../../src/observers/tally.ts'
import { type MetricsContext, metricsText } from '../../../src/view/metrics/metrics.ts'
import { testConfig } from '../../core/config.ts'
import { createWorld, DEAD, local } from '../../core/world.ts'
import { promtool, whyNoPromtool } from '../../support/promtool.ts'
import { endpoint, statusDocument } from '../../support/status.ts'

if (whyNoPromtool !== null) console.log(`skipped: ${whyNoPromtool}`)

const CONTEXT: MetricsContext = {
  wallMs: Date.parse('2026-01-01T00:01:00Z'),
  startedWallMs: Date.parse('2026-01-01T00:00:00Z'),
  spool: { waiting: 0, oldestMs: 0 },
  complaints: { config: 0, order: 0, other: 0 },
}

/** What is counted in a minute, the last part of it without a server that answers. */
function minute(deadMs: number) {
  const world = createWorld(testConfig({ upstream: {} }))
  const counting = createTally(0)
  world.observe = counting.observe
  world.order(['s1', 's2'])
  world.setAddresses([local('127.0.0.1', 'lo'), local('2001:db8::11')])
  world.runUntil(60_000 - deadMs)
  world.behaviour = DEAD
  world.runUntil(60_000)
  return counting.read(60_000)
}

/** Samples by their names and labels as they are written. */
function samples(text: string): Map<string, string> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.split(' ').at(-1) ?? '']),
  )
}

const HEALTHY = metricsText(
  statusDocument({
    upstreams: [{ name: 'internet', up: true, passed: 3, of: 3, quorum: 2 }],
    addresses: [
      { address: '192.0.2.1', interface: 'eth0', state: 'ready', since: null, probed: true },
      { address: '2001:db8::1', interface: 'eth0', state: 'dadfailed', since: null, probed: false },
    ],
  }),
  minute(0),
  CONTEXT,
)

const FAILED = metricsText(
  statusDocument({
    health: 'failed',
    may_serve: false,
    override: { mode: 'isolated', by: 'root', reason: '', sinceWallMs: 5000, untilWallMs: 9000 },
    endpoints: [
      endpoint('udp/192.0.2.1', 'conn-refused', null),
      endpoint('tcp/2001:db8::1', null, null),
    ],
    upstreams: [{ name: 'internet', up: null, passed: 0, of: 3, quorum: 2 }],
    instances: [
      {
        name: 'recdns0',
        cluster: 'recdns',
        rank: null,
        of: 3,
        state: 'isolated',
        priority: 'fault',
        holding: true,
        addresses: ['192.0.2.53', '2001:db8::53'],
      },
    ],
  }),
  minute(20_000),
  {
    ...CONTEXT,
    spool: { waiting: 3, oldestMs: 61_500 },
    complaints: { config: 1, order: 2, other: 0 },
  },
)

const ODD = 'a\\b"c\nd{e="f"} \u0000\u001b[31m é\u2028\ud800 1'
const HOSTILE = metricsText(
  statusDocument({
    server: ODD,
    version: ODD,
    health_since: ODD,
    endpoints: [
      endpoint(`udp/${ODD}`, 'ok', Number.NaN),
      endpoint('/', 'ok', 1),
      endpoint('', 'ok', 1),
    ],
    upstreams: [{ name: ODD, up: false, passed: 0, of: 1, quorum: 1 }],
    instances: [
      {
        name: ODD,
        cluster: ODD,
        rank: 1,
        of: 1,
        state: 'failed',
        priority: 'lowest',
        holding: false,
        addresses: [ODD],
      },
    ],
  }),
  { ...minute(0), moves: [{ instance: ODD, came: 1, went: 2 }] },
  CONTEXT,
)

describe('the metrics', () => {
  test.skipIf(whyNoPromtool !== null).each([
    ['healthy', HEALTHY],
    ['failed', FAILED],
    ['with hostile names', HOSTILE],
  ])('of a server that is %s are as promtool would have them', (_, text) => {
    expect(promtool(['check', 'metrics', '--extended'], text)).toMatchObject({ code: 0, err: '' })
  })

  test('of a healthy server', () => {
    const found = samples(HEALTHY)
    expect(found.get('holdfast_may_serve')).toBe('1')
    expect(found.get('holdfast_health{health="healthy"}')).toBe('1')
    expect(found.get('holdfast_health{health="failed"}')).toBe('0')
    expect(found.get('holdfast_override{mode="drained"}')).toBe('0')
    expect(found.has('holdfast_override_since_timestamp_seconds')).toBe(false)
    expect(found.get('holdfast_instance_rank{cluster="recdns",vrrp_instance="recdns0"}')).toBe('2')
    expect(found.get('holdfast_addresses{state="dadfailed"}')).toBe('1')
    const udp = 'transport="udp",family="ipv6",group="local",outcome="ok"'
    expect(found.get(`holdfast_queries_total{${udp}}`)).toBe('60')
    const upstream = 'transport="udp",family="ipv4",group="internet",outcome="ok"'
    expect(found.get(`holdfast_queries_total{${upstream}}`)).toBe('36')
    const buckets = 'holdfast_query_duration_seconds_bucket{transport="udp",family="ipv4"'
    expect(found.get(`${buckets},le="0.0005"}`)).toBe('0')
    expect(found.get(`${buckets},le="0.001"}`)).toBe('96')
    expect(found.get(`${buckets},le="+Inf"}`)).toBe('96')
    expect(found.get('holdfast_start_timestamp_seconds')).toBe(
      String(Date.parse('2026-01-01T00:00:00Z') / 1000),
    )
  })

  test('of a failed one say what is not known by leaving it out', () => {
    const found = samples(FAILED)
    expect(found.get('holdfast_health{health="failed"}')).toBe('1')
    expect(found.get('holdfast_may_serve')).toBe('0')
    expect(found.get('holdfast_override{mode="isolated"}')).toBe('1')
    expect(found.get('holdfast_override_until_timestamp_seconds')).toBe('9')
    const instance = 'cluster="recdns",vrrp_instance="recdns0"'
    expect(found.has(`holdfast_instance_rank{${instance}}`)).toBe(false)
    expect(found.get(`holdfast_instance_priority{${instance}}`)).toBe('0')
    expect(found.get(`holdfast_service_address_held{${instance},address="2001:db8::53"}`)).toBe('1')
    expect(found.has('holdfast_upstream_up{group="internet"}')).toBe(false)
    const labels = (transport: string, address: string) =>
      `holdfast_endpoint_up{transport="${transport}",address="${address}",interface="eth0"}`
    expect(found.get(labels('udp', '192.0.2.1'))).toBe('0')
    expect(found.has(labels('tcp', '2001:db8::1'))).toBe(false)
    expect(found.get('holdfast_spool_oldest_age_seconds')).toBe('61.5')
    expect(found.get('holdfast_complaints{about="order"}')).toBe('2')
    const refused = [...found].filter(([name]) => name.includes('outcome="conn-refused"'))
    expect(refused.length).toBeGreaterThan(1)
  })

  test('never have a label that Prometheus keeps for itself', () => {
    for (const text of [HEALTHY, FAILED])
      expect(text.match(/[{,](instance|job|__\w+)=/g) ?? []).toEqual([])
  })

  test('are one line a sample, whatever the names hold', () => {
    const odd = HOSTILE.split('\n').filter(
      (line) => !/^(# (HELP|TYPE) )?holdfast_\w+[ {]/.test(line),
    )
    expect(odd).toEqual([''])
    expect(HOSTILE).not.toMatch(/NaN/)
    expect(HOSTILE).toContain('holdfast_upstream_up{group="a\\\\b\\"c\\nd{e=\\"f\\"} ')
  })
})
