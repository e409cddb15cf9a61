// What runs is not what is installed or written down, or something steers it.
import { CONFIG_PATH, HOLDFAST } from '../holdfast.ts'
import { REPOSITORY } from '../namespace.ts'
import type { LabProcess } from '../process.ts'
import type { LabServer } from '../server.ts'
import { until, ward } from './broken.ts'

const patient = ward()

/** A daemon that is started otherwise, in the place of the usual one. */
function standIn(command: readonly string[], env?: Record<string, string>) {
  let process: LabProcess
  return {
    /** @param ready the line that says that it has made up its mind */
    async start(s1: LabServer, ready = /health: \w+ -> healthy/) {
      await s1.daemon.stop()
      process = await s1.node.spawn('stand-in', command, env)
      await process.log.waitFor(ready)
    },
    async end(s1: LabServer) {
      process.signal('SIGTERM')
      await process.exited
      await s1.daemon.start()
    },
  }
}

const RUNTIME = '/usr/local/lib/holdfast-runtime'
const upgraded = standIn([RUNTIME, `${REPOSITORY}/src/main.ts`, 'daemon'])
patient.breaks({
  name: 'H136: an executable that was replaced while the daemon ran',
  async break(s1) {
    await s1.node.run(['cp', process.execPath, RUNTIME])
    await upgraded.start(s1)
    await s1.node.run(['cp', process.execPath, `${RUNTIME}.new`])
    await s1.node.run(['mv', `${RUNTIME}.new`, RUNTIME])
  },
  mend: upgraded.end,
  says: [`${RUNTIME} (deleted)`],
})

let toml = ''
const rewrite = (s1: LabServer, change: string) => {
  toml = s1.node.read(CONFIG_PATH)
  s1.node.write(CONFIG_PATH, `${toml}\n${change}`)
}
const complains = (s1: LabServer, words: string) =>
  until(() => JSON.stringify((s1.status() as { complaints: string[] }).complaints).includes(words))

patient.breaks({
  name: 'H137: a configuration that the daemon has not read',
  break: (s1) => rewrite(s1, '[timing]\ncheck_interval = "2s"\n'),
  mend: (s1) => s1.node.write(CONFIG_PATH, toml),
  says: [`not loaded the current ${CONFIG_PATH}`, 'active: '],
})

patient.breaks({
  name: 'H138: a setting that needs a restart',
  async break(s1) {
    toml = s1.node.read(CONFIG_PATH)
    s1.node.write(CONFIG_PATH, toml.replace('[addresses]', '[addresses]\nrescan_interval = "20s"'))
    s1.daemon.signal('SIGHUP')
    await complains(s1, 'addresses.rescan_interval has changed')
  },
  async mend(s1) {
    s1.node.write(CONFIG_PATH, toml)
    s1.daemon.signal('SIGHUP')
    await until(() => !JSON.stringify(s1.status()).includes('has changed'))
  },
  says: ['addresses.rescan_interval has changed', 'systemctl restart holdfast'],
})

const steered = standIn([HOLDFAST, 'daemon'], { BUN_OPTIONS: '--smol' })
patient.breaks({
  name: 'H139: a daemon whose runtime is steered by its environment',
  break: (s1) => steered.start(s1),
  mend: steered.end,
  says: ['BUN_OPTIONS is set in process '],
})

patient.breaks({
  name: 'H139: a variable for the runtime in /etc/environment',
  break: (s1) => s1.node.write('/etc/environment', 'PATH=/usr/bin:/bin\nBUN_BE_BUN=1\n'),
  mend: (s1) => s1.node.remove('/etc/environment'),
  says: ['BUN_BE_BUN is set in /etc/environment'],
})

/** It sees the same addresses as its host, and nobody who listens on them. */
const confined = standIn([
  'unshare',
  '--net',
  'sh',
  '-c',
  `ip link set lo up
  ip link add eth0 type bridge
  ip link set eth0 up
  for address in 192.0.2.11/24 192.0.2.53/24 2001:db8::11/64 2001:db8::53/64; do
    case $address in *:*) ip address add "$address" dev eth0 nodad ;; *) ip address add "$address" dev eth0 ;; esac
  done
  exec ${HOLDFAST} daemon`,
])
patient.breaks({
  name: 'H143: a daemon in a network namespace of its own',
  break: (s1) => confined.start(s1, /health: failed: /),
  mend: confined.end,
  says: ['the daemon: udp/127.0.0.1', 'another network namespace'],
})
