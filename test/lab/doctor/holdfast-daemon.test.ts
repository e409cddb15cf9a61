// The daemon dead, hung, doubled, and unable to be understood.

import { CONFIG_PATH, HOLDFAST } from '../holdfast.ts'
import type { LabProcess } from '../process.ts'
import { until, ward } from './broken.ts'

const patient = ward()
const STATUS = '/run/holdfast/status.json'

patient.breaks({
  name: 'H131: a daemon that was killed',
  break: (s1) => s1.daemon.kill(),
  mend: (s1) => s1.daemon.start(),
  says: ['the daemon does not run', 'which has gone'],
})

patient.breaks({
  name: 'H131: a daemon that was killed a while ago',
  async break(s1) {
    await s1.daemon.kill()
    await until(async () => (await s1.node.exec([HOLDFAST, 'check'])).code !== 0)
  },
  mend: (s1) => s1.daemon.start(),
  says: ['the daemon does not run', 'it expired'],
})

patient.breaks({
  name: 'H132: a daemon that was stopped by a signal',
  async break(s1) {
    s1.daemon.freeze()
    await until(async () => (await s1.node.exec([HOLDFAST, 'check'])).code !== 0)
  },
  mend: (s1) => s1.daemon.cont(),
  says: ['is stopped by a signal', 'it expired', 'kill -CONT'],
})

patient.breaks({
  name: 'H133: garbage in the place of the status, which cannot be replaced',
  async break(s1) {
    s1.node.write('/tmp/garbage', '{"format":1,"half":')
    await s1.node.run(['mount', '--bind', '/tmp/garbage', STATUS])
  },
  mend: (s1) => s1.node.run(['umount', STATUS]),
  says: ['not a JSON document', 'half'],
})

let second: LabProcess
patient.breaks({
  name: 'H134: a second daemon with another configuration',
  async break(s1) {
    const paths = '[paths]\nrun_dir = "/tmp/second"\nstate_dir = "/tmp/second"\n'
    s1.node.write('/tmp/second.toml', `${s1.node.read(CONFIG_PATH)}\n${paths}`)
    s1.node.write('/tmp/second/it.is.there', '')
    second = await s1.node.spawn('second', [HOLDFAST, 'daemon', '--config', '/tmp/second.toml'])
    await second.log.waitFor(/watches s1/)
  },
  async mend() {
    second.signal('SIGTERM')
    await second.exited
  },
  says: ['2 daemons run here', 'configuration /tmp/second.toml'],
})
