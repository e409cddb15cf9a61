// The daemon dead, hung, doubled, and unable to be understood.

import { CONFIG_PATH, HOLDFAST } from '../holdfast.ts'
import type { LabProcess } from '../process.ts'
import type { LabServer } from '../server.ts'
import { until, ward } from './broken.ts'

const patient = ward()
const STATUS = '/run/holdfast/status.json'

const passes = async ({ node }: LabServer) => (await node.exec([HOLDFAST, 'check'])).code === 0

/** Does something to a daemon whose status says that all is well, and waits for that status to expire. */
async function untilExpired(s1: LabServer, act: () => unknown): Promise<void> {
  await until(() => passes(s1))
  await act()
  await until(async () => !(await passes(s1)))
}

patient.breaks({
  name: 'H131: a daemon that was killed',
  break: (s1) => s1.daemon.kill(),
  mend: (s1) => s1.daemon.start(),
  says: ['Daemon is not running', 'which has ended'],
})

patient.breaks({
  name: 'H131: a daemon that was killed a while ago',
  break: (s1) => untilExpired(s1, () => s1.daemon.kill()),
  mend: (s1) => s1.daemon.start(),
  says: ['Daemon is not running', 'it expired'],
})

patient.breaks({
  name: 'H132: a daemon that was stopped by a signal',
  break: (s1) => untilExpired(s1, () => s1.daemon.freeze()),
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
    await second.log.waitFor(/server s1, config/)
  },
  async mend() {
    second.signal('SIGTERM')
    await second.exited
  },
  says: ['2 daemons are running', 'configuration /tmp/second.toml'],
})
