// A balancer's daemon and real servers that die, hang, lose a half and come back: the weight follows.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { whyNoLab } from '../environment.ts'
import { until } from '../maintenance.ts'
import { type BalancerLab, createBalancerLab, REAL_SERVERS } from './balancer-site.ts'

const obstacle = whyNoLab()
setDefaultTimeout(60_000)
/** A real failure is found in a fraction of a second; a busy machine may take a little longer. */
const FOUND_CEILING_MS = 5000

describe.skipIf(obstacle !== null)('real servers of a balancer', () => {
  let site: BalancerLab

  beforeAll(async () => {
    site = await createBalancerLab()
  })
  afterAll(() => site?.lab.destroy())

  test('weigh nothing before the first result, and all of it after', async () => {
    expect(REAL_SERVERS.map((name) => site.weight(name))).toEqual([null, null, null])
    await site.balancer.daemon.start()
    for (const name of REAL_SERVERS) await site.untilWeight(name, 100)
    await until('healthy', () => site.health() === 'healthy')
    expect(site.backend('s1')).toMatchObject({ endpoints_ok: 4, health: 'healthy', came: 0 })
  })

  test('one that dies weighs nothing, and gets its weight back in quarters', async () => {
    await site.server('s1').named.kill()
    const tookMs = await site.untilWeight('s1', 0)
    expect(tookMs).toBeLessThan(FOUND_CEILING_MS)
    console.log(`killed: 0 after ${Math.round(tookMs)} ms`)
    expect([site.weight('s2'), site.weight('s3')]).toEqual([100, 100])
    expect(site.backend('s1').reasons.join()).toContain('conn-refused')
    await site.server('s1').named.start()
    await site.untilWeight('s1', 100)
    const told = site.balancer.daemon.log.tail(1000).matchAll(/recdns\.s1: weight (\d+)/g)
    expect([...told].map(([, weight]) => weight)).toEqual(['100', '0', '25', '50', '75', '100'])
    expect(site.backend('s1')).toMatchObject({ came: 1, went: 1 })
  })

  test('one that hangs weighs nothing', async () => {
    site.server('s2').named.freeze()
    const tookMs = await site.untilWeight('s2', 0)
    expect(tookMs).toBeLessThan(FOUND_CEILING_MS)
    console.log(`frozen: 0 after ${Math.round(tookMs)} ms`)
    site.server('s2').named.cont()
    await site.untilWeight('s2', 100)
  })

  test('one that has lost TCP over IPv6 alone weighs nothing, for UDP as well', async () => {
    const rule = 'meta nfproto ipv6 tcp dport 53 drop'
    await site.server('s3').firewall(`chain input { type filter hook input priority 0; ${rule}; }`)
    const tookMs = await site.untilWeight('s3', 0)
    expect(tookMs).toBeLessThan(FOUND_CEILING_MS)
    console.log(`firewall: 0 after ${Math.round(tookMs)} ms`)
    expect(site.backend('s3').endpoints_ok).toBe(3)
    await site.server('s3').clearFirewall()
    await site.untilWeight('s3', 100)
  })
})
