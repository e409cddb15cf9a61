// Orders about real servers, a daemon that dies, and a configuration that changes: the weights follow, or stay.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { whyNoLab } from '../environment.ts'
import { until } from '../maintenance.ts'
import { type BalancerLab, balancerToml, createBalancerLab, REAL_SERVERS } from './balancer-site.ts'

const obstacle = whyNoLab()
setDefaultTimeout(60_000)

describe.skipIf(obstacle !== null)('a balancer', () => {
  let site: BalancerLab

  beforeAll(async () => {
    site = await createBalancerLab()
    await site.balancer.daemon.start()
    for (const name of REAL_SERVERS) await site.untilWeight(name, 100)
  })
  afterAll(() => site?.lab.destroy())

  test('drains a real server and takes it back', async () => {
    const drained = await site.holdfast('drain', '--backend', 's2', '--reason', 'kernel update')
    expect(drained).toMatchObject({ code: 0 })
    expect(drained.out).toContain('recdns.s2: weight 0')
    expect(site.weight('s2')).toBe(0)
    expect(site.backend('s2')).toMatchObject({ health: 'healthy', state: 'drained' })
    const check = await site.holdfast('check', '--backend', 'recdns.s2')
    expect(check).toMatchObject({ code: 1, out: 'recdns.s2: weight 0 (drained)\n' })
    expect((await site.holdfast('check', '--backend', 'recdns.s1')).code).toBe(0)
    expect((await site.holdfast('status')).out).toContain('kernel update')
    const undrained = await site.holdfast('undrain', '--backend', 'recdns.s2')
    expect(undrained).toMatchObject({ code: 0 })
    expect(undrained.out).toContain('recdns.s2: weight 25 of 100')
    await site.untilWeight('s2', 100)
    const { out } = await site.holdfast('history')
    expect(out).toContain('recdns.s2 0 (drained)')
  })

  test('drains no real server whose service needs it, unless it is told to', async () => {
    expect((await site.holdfast('drain', '--backend', 's1')).code).toBe(0)
    const refused = await site.holdfast('drain', '--backend', 's2')
    expect(refused.code).toBe(1)
    expect(refused.out).toContain('service recdns would have 1 of 3 real servers left (quorum 2)')
    expect(site.weight('s2')).toBe(100)
    expect((await site.holdfast('drain', '--backend', 's9')).code).toBe(2)
    expect(site.health()).toBe('healthy')
    const forced = await site.holdfast('drain', '--backend', 's2', '--force', '--for', '2s')
    expect(forced.code).toBe(0)
    await until('failed', () => site.health() === 'failed')
    expect(site.balancer.priority('recdns0')).toBe(10)
    expect((await site.holdfast('status')).out).toContain('in the pool, 2 needed')
    // Its time is over soon, and with it what the service lacks.
    await site.untilWeight('s2', 100)
    await until('healthy', () => site.health() === 'healthy')
    expect((await site.holdfast('undrain', '--backend', 's1')).code).toBe(0)
    await site.untilWeight('s1', 100)
  })

  test('keeps its pool while its daemon is dead, and says that it is', async () => {
    await site.balancer.daemon.kill()
    expect(REAL_SERVERS.map((name) => site.weight(name))).toEqual([100, 100, 100])
    const startMs = performance.now()
    while ((await site.holdfast('check')).code === 0) await Bun.sleep(200)
    const tookMs = performance.now() - startMs
    console.log(`daemon killed: check fails after ${Math.round(tookMs)} ms`)
    expect(tookMs).toBeLessThan(10_000)
    expect((await site.holdfast('check', '--backend', 's1')).code).toBe(1)
    const undrained = await site.holdfast('undrain', '--backend', 's1', '--timeout', '1s')
    expect(undrained.code).toBe(1)
    expect(undrained.out).toContain('daemon not running')
    // To judge one that hangs takes a while: until then its weight is what it was.
    site.server('s3').named.freeze()
    await site.balancer.daemon.start()
    await site.balancer.daemon.log.waitFor(/recdns\.s1: weight 100/)
    expect(site.weight('s3')).toBe(100)
    await site.untilWeight('s3', 0)
    site.server('s3').named.cont()
    await site.untilWeight('s3', 100)
    await until('healthy', () => site.health() === 'healthy')
    expect((await site.holdfast('check')).code).toBe(0)
  })

  test('takes real servers in and out with its configuration', async () => {
    site.writeConfig(balancerToml(['s1', 's2']))
    site.balancer.daemon.signal('SIGHUP')
    await site.untilWeight('s3', null)
    expect([site.weight('s1'), site.weight('s2')]).toEqual([100, 100])
    site.writeConfig(balancerToml(REAL_SERVERS, 'weight = 40\n'))
    site.balancer.daemon.signal('SIGHUP')
    await site.untilWeight('s3', 40)
    expect([site.weight('s1'), site.weight('s2')]).toEqual([100, 100])
  })

  test('leaves the pool as it is when it is stopped', async () => {
    await site.balancer.daemon.stop()
    expect(REAL_SERVERS.map((name) => site.weight(name))).toEqual([100, 100, 40])
    expect(site.balancer.priority('recdns0')).toBe(1)
  })
})
