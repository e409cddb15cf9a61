// Addresses vanish while they are being asked: that is no failure of the server.
import { expect } from 'bun:test'
import { BOTH, scenario } from '../scenario.ts'
import { serverLog, untilTargets } from './watch.ts'

const ADDRESSES = Array.from({ length: 24 }, (_, index) => `192.0.2.${200 + index}`)
/** No multiple or part of the sweep's second, so that removals fall on all of its moments. */
const BETWEEN_MS = 83

scenario({
  name: 'addresses removed in mid-sweep',
  standing: BOTH,
  holder: 's1',
  async fault({ s1 }) {
    for (const address of ADDRESSES) await s1.addAddress(address)
    await untilTargets(s1, ADDRESSES)
    for (const address of ADDRESSES) {
      await s1.removeAddress(address)
      await Bun.sleep(BETWEEN_MS)
    }
    expect(serverLog(s1)).not.toMatch(/healthy -> failed/)
  },
  check(result) {
    expect(result.moves).toBe(0)
  },
})

scenario({
  name: 'service address removed by hand',
  standing: BOTH,
  holder: 's1',
  async fault({ s1, lab }) {
    for (const address of lab.addresses) await s1.removeAddress(address)
    await Bun.sleep(3000)
    expect(serverLog(s1)).not.toMatch(/healthy -> failed/)
  },
})
