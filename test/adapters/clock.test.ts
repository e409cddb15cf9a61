// The clocks of the machine that the test runs on.
import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { createClock } from '../../src/adapters/clock.ts'
import { toldBootId, uptimeMs } from '../../src/adapters/kernel-file.ts'

describe('clock', () => {
  test('bootMs is the uptime, and never runs backwards', () => {
    const clock = createClock()
    const before = Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1000
    const boot = clock.bootMs()
    const after = Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1000
    expect(boot).toBeGreaterThanOrEqual(before - 1)
    expect(boot).toBeLessThanOrEqual(after + 1)
    expect(clock.bootMs()).toBeGreaterThanOrEqual(boot)
  })

  test('nowMs runs on and wallMs is the time of day', () => {
    const clock = createClock()
    const first = clock.nowMs()
    expect(clock.nowMs()).toBeGreaterThanOrEqual(first)
    expect(Math.abs(clock.wallMs() - Date.now())).toBeLessThan(10_000)
  })

  test('bootId is an id and the same for all', () => {
    const { bootId } = createClock()
    expect(bootId).toMatch(/^[0-9a-f-]{36}$/)
    expect(createClock().bootId).toBe(bootId)
  })

  test('systemd names a boot without dashes', () => {
    const { bootId } = createClock()
    expect(toldBootId(bootId.replaceAll('-', ''))).toBe(bootId)
  })

  test.each([undefined, '', 'b', `${'b'.repeat(33)}`, '0b6e7e6c-2f0b-4d0e-8a43-0f6d3f2f7d11'])(
    'no boot id of systemd: %p',
    (text) => {
      expect(toldBootId(text)).toBeNull()
    },
  )

  test.each([
    ['1308.92 2487.19\n', 1_308_920],
    ['0.07 0.00\n', 70],
    ['98765432.10 1.00\n', 98_765_432_100],
  ])('%p', (text, ms) => {
    expect(uptimeMs(text)).toBe(ms)
  })

  test('another form is a bug, not a time', () => {
    expect(() => uptimeMs('soon')).toThrow('/proc/uptime')
  })
})

describe('wakeAt', () => {
  test('wakes once, never early', async () => {
    const clock = createClock()
    for (const delayMs of [0, 0.4, 1.5, 7.3, 20]) {
      const atMs = clock.nowMs() + delayMs
      await new Promise<void>((resolve) => clock.wakeAt(atMs, resolve))
      expect(clock.nowMs()).toBeGreaterThanOrEqual(atMs)
    }
  })

  test('a cancelled wake does not come', async () => {
    const clock = createClock()
    const woken: string[] = []
    const cancel = clock.wakeAt(clock.nowMs() + 5, () => woken.push('cancelled'))
    cancel()
    await new Promise<void>((resolve) => clock.wakeAt(clock.nowMs() + 20, resolve))
    expect(woken).toEqual([])
  })

  test('a time beyond what a timer can count is not now', async () => {
    const clock = createClock()
    const woken: string[] = []
    const cancels = [
      clock.wakeAt(clock.nowMs() + 2 ** 31, () => woken.push('in 25 days')),
      clock.wakeAt(Number.POSITIVE_INFINITY, () => woken.push('never')),
    ]
    await new Promise<void>((resolve) => clock.wakeAt(clock.nowMs() + 20, resolve))
    for (const cancel of cancels) cancel()
    expect(woken).toEqual([])
  })
})
