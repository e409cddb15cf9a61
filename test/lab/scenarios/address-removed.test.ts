// Addresses vanish while they are being asked: that is no failure of the server.
import { expect } from 'bun:test'
import { BOTH, scenario } from '../scenario.ts'
import type { LabServer } from '../server.ts'
import { serverLog, untilEndpoints } from './watched-lab.ts'

const ADDRESSES = Array.from({ length: 24 }, (_, index) => `192.0.2.${200 + index}`)
/** No multiple or part of the cycle's second, so that removals fall on all of its moments. */
const BETWEEN_MS = 83

scenario({
  name: 'addresses removed in mid-cycle',
  onLoopback: BOTH,
  holder: 's1',
  async fault({ s1 }) {
    const from = s1.keepalived.log.lines.length
    for (const address of ADDRESSES) await s1.addAddress(address)
    await untilEndpoints(s1, ADDRESSES)
    for (const address of ADDRESSES) {
      await s1.removeAddress(address)
      await Bun.sleep(BETWEEN_MS)
    }
    expectNoFailure(s1, from)
  },
})

scenario({
  name: 'service address removed by hand',
  onLoopback: BOTH,
  holder: 's1',
  async fault({ s1, lab }) {
    const from = s1.keepalived.log.lines.length
    // keepalived notices, gives the other address up too, and stands for election again.
    await s1.removeAddress(lab.addresses[0] ?? '')
    await Bun.sleep(3000)
    expectNoFailure(s1, from)
  },
})

/** Neither did the daemon call the server failed, nor did the dead man's switch find its word stale. */
function expectNoFailure(server: LabServer, from: number): void {
  expect(serverLog(server)).not.toMatch(/healthy -> failed/)
  const said = server.keepalived.log.lines.slice(from).map((line) => line.text)
  expect(said.filter((line) => /VRRP_Script\(holdfast\) failed/.test(line))).toEqual([])
}
