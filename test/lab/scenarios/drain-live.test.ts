// The live server is drained and put back ten times in a row under load.
import { expect } from 'bun:test'
import { lostOver } from '../client-report.ts'
import { expectExit, lostText, maintenance } from '../maintenance.ts'

const TIMES = 10
const REST_MS = 500

for (const onLoopback of [true, false]) {
  maintenance(
    'drain and undrain the live server 10 times',
    { onLoopback: onLoopback },
    async (lab) => {
      const s1 = lab.server('s1')
      const client = await lab.client.start({ ratePerS: 400 })
      await Bun.sleep(REST_MS)
      const tookMs: number[] = []
      for (let time = 0; time < TIMES; time++) {
        const startedMs = performance.now()
        await expectExit(0, s1, 'drain', '--reason', 'switch upgrade')
        tookMs.push(performance.now() - startedMs)
        expect(lab.observer.holders(lab.addresses[0] ?? '')).toEqual(['s2'])
        expect(s1.priority('recdns0')).toBe(30)
        await expectExit(0, s1, 'undrain')
        await lab.settled()
        expect(s1.priority('recdns0')).toBe(250)
        await Bun.sleep(REST_MS)
      }
      const report = await client.stop()
      const longest = Math.max(...tookMs).toFixed(0)
      const mean = (tookMs.reduce((sum, value) => sum + value, 0) / TIMES).toFixed(0)
      console.log(`loopback addresses ${onLoopback ? 'on' : 'off'}: ${lostText(report)}`)
      console.log(`a drain took ${mean} ms, ${longest} ms at most`)
      for (const stream of report.streams)
        if (stream.lost > 0)
          console.log(stream.transport, stream.family, stream.lost, stream.lostBy)
      expect(report.unservedAtEnd).toBe(0)
      // A connection that is open at the very moment ends.
      if (onLoopback) expect(lostOver('udp', report)).toBe(0)
    },
  )
}
