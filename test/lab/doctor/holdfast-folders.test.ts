// Folders, room, orders of operators, and what is to be told.
import { statfsSync } from 'node:fs'
import { HOLDFAST } from '../holdfast.ts'
import type { LabServer } from '../server.ts'
import { until, ward } from './broken.ts'

const STATE = '/var/lib/holdfast'
const SPOOL = `${STATE}/spool`
const OVERRIDE = `${STATE}/override.json`
const TOKEN = '/etc/holdfast/token'
/** A switch that lets the channel fail, and one channel with a secret that is told nothing. */
const TOML = `
[notify]
group_wait = "10ms"
group_interval = "10ms"
max_per_hour = 1000

[notify.channels.switch]
type = "command"
command = ["/usr/bin/test", "!", "-e", "/tmp/channel-fails"]
events = ["master", "dead", "fault", "stop", "planned", "backup"]
retry_min = "1s"
retry_max = "1s"

[notify.channels.hook]
type = "webhook"
url = "http://192.0.2.200/"
token_file = "${TOKEN}"
events = ["stop"]
`

/** A disk of its own for the state, large enough for a sound server and small enough to be filled. */
const DISK_BYTES = 48 * 1024 * 1024

async function prepare(s1: LabServer): Promise<void> {
  s1.node.write(TOKEN, 'not-a-real-token\n', 0o640)
  await s1.node.run(['mkdir', '-p', STATE])
  const options = `size=${DISK_BYTES},nr_inodes=2000,mode=0755`
  await s1.node.run(['mount', '-t', 'tmpfs', '-o', options, 'state', STATE])
}

const patient = ward({ extraToml: TOML }, prepare)

patient.breaks({
  name: 'H127: a priority folder that everybody may write to',
  break: (s1) => s1.node.run(['chmod', '0777', '/run/holdfast/priority']),
  mend: (s1) => s1.node.run(['chmod', '0755', '/run/holdfast/priority']),
  typed: true,
  says: ['/run/holdfast/priority is world-writable', 'mode 0777'],
})

patient.breaks({
  name: "H127: a run folder that is somebody else's",
  break: (s1) => s1.node.run(['chown', 'daemon', '/run/holdfast']),
  mend: (s1) => s1.node.run(['chown', 'root', '/run/holdfast']),
  typed: true,
  says: ['/run/holdfast does not belong to the daemon', 'owner daemon'],
})

patient.breaks({
  name: 'H128: a state folder that everybody may write to',
  break: (s1) => s1.node.run(['chmod', '0777', STATE]),
  mend: (s1) => s1.node.run(['chmod', '0755', STATE]),
  typed: true,
  says: [`${STATE} is world-writable`, 'mode 0777'],
})

patient.breaks({
  name: 'H128: a file where the spool belongs',
  // The daemon makes a folder that is missing, and may be quicker than the link.
  async break(s1) {
    await s1.node.run(['ln', '-s', '/etc/hostname', `${SPOOL}.link`])
    const put = `mv -T ${SPOOL}.link ${SPOOL} 2> /dev/null`
    await s1.node.run([
      ...['sh', '-c'],
      `mv ${SPOOL} ${SPOOL}.away; until ${put}; do rm -rf ${SPOOL}; done`,
    ])
  },
  mend: (s1) => s1.node.run(['rm', '-r', SPOOL, `${SPOOL}.away`]),
  says: [`${SPOOL} is not a directory`],
})

patient.breaks({
  name: 'H141: a server that was drained',
  break: (s1) => s1.node.run([HOLDFAST, 'drain', '--force', '--reason', 'a new kernel']),
  // undrain would wait for another server to be heard, and there is none.
  mend: (s1) => s1.node.remove(OVERRIDE),
  says: ['This server has been drained for', 'a new kernel', 'holdfast undrain'],
})

patient.breaks({
  name: 'H142: garbage for an order of an operator',
  async break(s1) {
    s1.node.write(OVERRIDE, '{"format":1,"mode":"isol')
    await until(() => (s1.status() as { override: unknown }).override !== null)
  },
  mend: (s1) => s1.node.remove(OVERRIDE),
  says: [`${OVERRIDE} is not valid`, 'not a JSON document'],
})

/** An event of ten minutes ago that cannot be read, since it is no file. */
const waiting = () =>
  `${SPOOL}/${String(Date.now() - 600_000).padStart(15, '0')}-0000-0123456789ab.event`
let stuck = ''
patient.breaks({
  name: 'H151: a transition that has waited for ten minutes',
  break: (s1) => {
    stuck = waiting()
    return s1.node.run(['ln', '-s', '/nowhere', stuck])
  },
  mend: (s1) => s1.node.remove(stuck),
  says: ['1 notification is stuck', 'for 10 min'],
})

patient.breaks({
  name: 'H152: a channel that fails',
  async break(s1) {
    s1.node.write('/tmp/channel-fails', '')
    await s1.node.run([HOLDFAST, 'notify', 'INSTANCE', 'recdns0', 'BACKUP', '100'])
    await until(() => JSON.stringify(s1.status()).includes('channel switch has failed'))
  },
  mend: (s1) => s1.node.remove('/tmp/channel-fails'),
  says: ['channel switch has failed for'],
})

patient.breaks({
  name: 'H153: a token that everybody can read',
  break: (s1) => s1.node.run(['chmod', '0644', TOKEN]),
  mend: (s1) => s1.node.run(['chmod', '0640', TOKEN]),
  typed: true,
  says: ['notify.channels.hook.token_file', `${TOKEN} is world-readable`, 'mode 0644'],
})

const FILLER = `${STATE}/filler`
patient.breaks({
  name: 'H162: a disk without room for the state',
  break: async (s1) => {
    const { bavail, bsize } = statfsSync(s1.node.path(STATE))
    await s1.node.run(['fallocate', '-l', String(bavail * bsize), FILLER])
  },
  mend: (s1) => s1.node.remove(FILLER),
  says: [`Not enough free space in ${STATE}`, '0.0 MiB of 48.0 MiB free'],
})

patient.breaks({
  name: 'H162: a disk without inodes for the state',
  async break(s1) {
    await s1.node.run(['mkdir', FILLER])
    const { ffree } = statfsSync(s1.node.path(STATE))
    await s1.node.run(['sh', '-c', `cd ${FILLER} && seq ${ffree} | xargs touch`])
  },
  mend: (s1) => s1.node.remove(FILLER),
  says: ['0 of 2000 inodes free'],
})
