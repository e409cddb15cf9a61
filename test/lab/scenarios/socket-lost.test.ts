// The service address comes to a server where something still holds its TCP port.
import { expect } from 'bun:test'
import { LOOPBACK_OFF, scenario } from '../scenario.ts'

/** With loopback service addresses named has its sockets long before, and nothing can take them. */
scenario({
  name: 'TCP socket lost on arrival',
  onLoopback: LOOPBACK_OFF,
  holder: 's2',
  async fault({ lab, s1, s2, held }) {
    const squatters = await Promise.all(lab.addresses.map((address) => s2.stealTcpPort(address)))
    const from = s2.named.log.lines.length
    await s1.named.kill()
    await held('s2')
    // One line an address: named gets to the second one only after the first.
    const times = squatters.length
    await s2.named.log.waitFor(/creating TCP socket: address in use/, { from, times })
    for (const squatter of squatters) await squatter.release()
    // named does not try again by itself: the address has to leave and to come once more.
    await held('s3')
  },
  check(_result, report) {
    expect(report.lostBy.refused ?? 0).toBeGreaterThan(0)
  },
})
