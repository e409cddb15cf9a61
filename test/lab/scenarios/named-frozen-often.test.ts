// named stops for three seconds again and again, as it does while a large policy zone is updated.
import { expect } from 'bun:test'
import { BOTH, scenario } from '../scenario.ts'

const TIMES = 3
const FROZEN_MS = 3000
const BETWEEN_MS = 4000

scenario({
  name: 'named frozen 3 s, 3 times',
  standing: BOTH,
  holder: 's1',
  async fault({ s1, held }) {
    for (let time = 0; time < TIMES; time++) {
      s1.named.freeze()
      await Bun.sleep(FROZEN_MS)
      s1.named.cont()
      await Bun.sleep(BETWEEN_MS)
    }
    await held('s1')
  },
  check(result) {
    // Away and back for each freeze at most: it never flaps by itself.
    expect(result.moves).toBeLessThanOrEqual(2 * TIMES)
  },
})
