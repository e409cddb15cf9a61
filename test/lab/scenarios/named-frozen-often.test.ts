// named stops for three seconds again and again, as it does while a large policy zone is updated.
import { expect } from 'bun:test'
import { BOTH, scenario } from '../scenario.ts'

const TIMES = 3
const FROZEN_MS = 3000
const BETWEEN_MS = 4000

scenario({
  name: 'named frozen 3 s, 3 times',
  onLoopback: BOTH,
  // With the product's own probation: after the first time the address stays where it is good.
  options: { extraToml: '' },
  holder: 's2',
  async fault({ s1 }) {
    for (let time = 0; time < TIMES; time++) {
      s1.named.freeze()
      await Bun.sleep(FROZEN_MS)
      s1.named.cont()
      await Bun.sleep(BETWEEN_MS)
    }
  },
  check(result) {
    // Away, and at most once back and away again.
    expect(result.moves).toBeLessThanOrEqual(3)
  },
})
