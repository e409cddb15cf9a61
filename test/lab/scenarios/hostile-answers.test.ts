// Something in named's place answers everything, each time in another wrong way.
import { expect } from 'bun:test'
import { HOSTILE_MODES } from '../hostile.ts'
import { BOTH, scenario } from '../scenario.ts'
import { samplePriorities, serverLog } from './watched-lab.ts'

/** Any healthy server publishes more than this. */
const DEGRADED = 50
const EACH_MS = 5000

scenario({
  name: 'malformed and forged answers',
  onLoopback: BOTH,
  holder: 's1',
  async fault({ s1, held }) {
    const hostile = await s1.startHostile('each')
    await held('s2')
    const sampler = samplePriorities(s1, 'recdns0')
    await Bun.sleep(EACH_MS)
    for (const mode of HOSTILE_MODES) {
      await hostile.setMode(mode)
      await Bun.sleep(EACH_MS / HOSTILE_MODES.length)
    }
    expect(Math.max(...sampler.stop().map((priority) => priority ?? 0))).toBeLessThanOrEqual(
      DEGRADED,
    )
    expect(s1.daemon.running).toBe(true)
    expect(serverLog(s1)).not.toMatch(/^\s+at /m)
    await hostile.kill()
    await s1.named.start()
  },
})
