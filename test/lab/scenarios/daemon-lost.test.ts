// The daemon dies or hangs, and keepalived's dead man's switch notices that its word has gone stale.
import { BOTH, scenario } from '../scenario.ts'

scenario({
  name: 'daemon killed',
  onLoopback: BOTH,
  holder: 's1',
  async fault({ s1, held }) {
    await s1.daemon.kill()
    await held('s2')
    await s1.daemon.start()
  },
})

scenario({
  name: 'daemon frozen',
  onLoopback: BOTH,
  holder: 's1',
  async fault({ s1, held }) {
    s1.daemon.freeze()
    await held('s2')
    s1.daemon.cont()
  },
})
