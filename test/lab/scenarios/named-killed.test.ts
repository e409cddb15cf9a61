// named dies, and is started again later.
import { BOTH, scenario } from '../scenario.ts'

scenario({
  name: 'named killed',
  onLoopback: BOTH,
  holder: 's1',
  async fault({ s1, held }) {
    await s1.named.kill()
    await held('s2')
    await s1.named.start()
  },
})
