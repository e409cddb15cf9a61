// A clock that nobody keeps right, and a history that nobody writes.
import type { LabProcess } from '../process.ts'
import type { LabServer } from '../server.ts'
import { until, ward } from './broken.ts'

const patient = ward()
const HISTORY = '/var/lib/holdfast/history.jsonl'

/** chrony as on any host, but for that it leaves the clock of this machine alone (-x). */
async function chrony(s1: LabServer, source: string): Promise<LabProcess> {
  const lines = [
    source,
    'cmdport 0',
    'bindcmdaddress /run/chrony/chronyd.sock',
    'pidfile /run/chronyd.pid',
  ]
  s1.node.write('/tmp/chrony.conf', `${lines.join('\n')}\n`)
  await s1.node.run(['install', '-d', '-m', '0750', '/run/chrony'])
  const process = await s1.node.spawn('chronyd', [
    ...['chronyd', '-x', '-d', '-U', '-u', 'root', '-f', '/tmp/chrony.conf'],
  ])
  await until(async () => (await s1.node.exec(['chronyc', '-n', 'tracking'])).code === 0)
  return process
}

async function stop(process: LabProcess): Promise<void> {
  process.signal('SIGTERM')
  await process.exited
}

let chronyd: LabProcess
patient.breaks({
  name: 'H161: chrony that hears no server',
  async break(s1) {
    chronyd = await chrony(s1, 'server 192.0.2.200 iburst')
  },
  async mend(s1) {
    await stop(chronyd)
    // One that has a source of time is sound; it is there while the server is looked at again.
    chronyd = await chrony(s1, 'local stratum 8')
  },
  says: ['Leap status: Not synchronised'],
})

patient.breaks({
  name: 'H154: a history that cannot be written',
  async break(s1) {
    await s1.daemon.stop()
    await s1.node.run(['mv', HISTORY, `${HISTORY}.away`])
    await s1.node.run(['mkdir', HISTORY])
    await s1.daemon.start()
    await s1.daemon.log.waitFor(/health: \w+ -> healthy/)
    const startedMs = performance.now()
    await until(() => performance.now() - startedMs > 16_000)
  },
  async mend(s1) {
    await s1.daemon.stop()
    await s1.node.run(['rmdir', HISTORY])
    await s1.node.run(['mv', `${HISTORY}.away`, HISTORY])
    await s1.daemon.start()
  },
  says: [`${HISTORY} is a directory`],
})
