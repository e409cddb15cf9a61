// named keeps its sockets and says nothing for twenty seconds.
import { BOTH, scenario } from '../scenario.ts'

const FROZEN_MS = 20_000

scenario({
  name: 'named frozen 20 s',
  onLoopback: BOTH,
  holder: 's1',
  async fault({ s1, held }) {
    const thaw = Bun.sleep(FROZEN_MS)
    s1.named.freeze()
    await held('s2')
    await thaw
    s1.named.cont()
  },
})
