// The cable of the holder is pulled and plugged in again.
import { BOTH, scenario } from '../scenario.ts'

scenario({
  name: 'link down',
  onLoopback: BOTH,
  holder: 's1',
  async fault({ s1, held }) {
    await s1.linkDown()
    await held('s2')
    await s1.linkUp()
  },
})
