// What an operator sees of a real daemon: its status with the last minutes, and its history afterwards.
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { holdfast } from '../support/recorder.ts'
import { createHost, hostForAllTests, whyNoHost } from './host.ts'
import { eventually } from './lines.ts'
import { createPlace, healthyDaemon } from './subject.ts'

// A wait inside of a test fails with what it saw; this is for a test that hangs otherwise.
setDefaultTimeout(60_000)
if (whyNoHost !== null) console.log(`skipped: ${whyNoHost}`)

describe.skipIf(whyNoHost !== null)('of a real daemon', () => {
  const host = hostForAllTests()

  test('the status has the last minutes, and the history what happened', async () => {
    const { place, daemon } = await healthyDaemon(host)
    let shown = ''
    await eventually(
      async () => {
        shown = (await holdfast('status', '--run-dir', host.path(place.runDir))).out
        return /^ {2}127\.0\.0\.1 +ok +[\d.]+ ms +[.~]+ +ok +[\d.]+ ms +[.~]+$/m.test(shown)
      },
      () => shown,
    )
    expect(shown).toMatch(/^s1 {2}SERVING for .*: holds no address +checks: 4\/4 ok$/m)
    place.writeOrder('s2', 's1')
    await place.untilPriority('199')
    await daemon.stop()
    const { code, out, err } = await holdfast('history', '--state-dir', host.path(place.stateDir))
    expect([code, err]).toEqual([0, ''])
    const told = out.split('\n').map((line) => line.slice(27))
    expect(told[0]).toBe('start      daemon started')
    expect(told[1]).toMatch(/^starting {3}[\d.]+m?s$/)
    expect(told.filter((line) => !line.startsWith('+ address'))[2]).toMatch(/^serving {4}/)
    expect(told).toContain('order      recdns: s2, s1')
    expect(told.at(-2)).toBe('stop       daemon stopped')
  })
})

describe.skipIf(whyNoHost !== null)('a daemon that starts where nobody answers', () => {
  test('the history says what it found, and not for ever that it has just begun', async () => {
    await using host = await createHost()
    const place = createPlace(host)
    const daemon = place.start()
    let told: string[] = []
    await eventually(
      async () => {
        const { out } = await holdfast('history', '--state-dir', host.path(place.stateDir))
        told = out.split('\n').filter((line) => /starting|FAILED/.test(line))
        return told.length === 2
      },
      () => told.join('\n'),
    )
    await daemon.stop()
    expect(told[0]).toMatch(/ starting {3}[\d.]+m?s$/)
    expect(told[1]).toMatch(/ FAILED .* so far udp\/127\.0\.0\.1 .*: conn-refused/)
  })
})
