// The configuration and the order files, broken one after the other.

import { CONFIG_PATH } from '../holdfast.ts'
import type { LabServer } from '../server.ts'
import { until, ward } from './broken.ts'

const ORDER = '/etc/holdfast/order/recdns'
const SERVERS = `
[servers.s1]
addresses = ["192.0.2.11", "2001:db8::11"]

[servers.s2]
addresses = ["192.0.2.12", "2001:db8::12"]
`

const patient = ward({ extraToml: SERVERS }, (s1) => s1.node.write(ORDER, 's1\ns2\n'))

/** Writes a file anew, and puts it back as it was. */
function changed(path: string, change: (text: string) => string) {
  let before = ''
  return {
    break(s1: LabServer) {
      before = s1.node.read(path)
      s1.node.write(path, change(before))
    },
    mend: (s1: LabServer) => s1.node.write(path, before),
  }
}

/** What the daemon counts as its rank, once it has read an order. */
function ranked(s1: LabServer, rank: number | null): Promise<void> {
  const rankNow = () =>
    (s1.status() as { instances: { rank: number | null }[] }).instances[0]?.rank ?? null
  return until(() => rankNow() === rank)
}

/** Until the daemon has read its configuration again, and has as many complaints. */
async function reloaded(s1: LabServer, complaints: number): Promise<void> {
  s1.daemon.signal('SIGHUP')
  await until(() => (s1.status() as { complaints: unknown[] }).complaints.length === complaints)
}

const away = changed(CONFIG_PATH, (text) => text)
patient.breaks({
  name: 'H101: the configuration is gone',
  async break(s1) {
    away.break(s1)
    s1.node.remove(CONFIG_PATH)
  },
  mend: away.mend,
  says: [CONFIG_PATH, 'the daemon still runs with the configuration'],
})

const erroneous = changed(
  CONFIG_PATH,
  (text) => `${text}\n[timing]\nretris = 1\nslow_threshold_min = 20\n`,
)
patient.breaks({
  name: 'H102: two errors in the configuration, of which the daemon complains as well',
  async break(s1) {
    erroneous.break(s1)
    await reloaded(s1, 1)
  },
  async mend(s1) {
    erroneous.mend(s1)
    await reloaded(s1, 0)
  },
  says: [
    'has 2 errors',
    'error[E_UNKNOWN_KEY]',
    'did you mean',
    'error[E_TYPE]',
    `${CONFIG_PATH}:`,
  ],
})

patient.breaks({
  name: 'H103: an order file that was cut short',
  ...changed(ORDER, () => '#s1\n'),
  says: [`${ORDER}:1:1`, 'E_EMPTY_ORDER'],
})

const spelled = changed(ORDER, () => 's-1\ns2\n')
patient.breaks({
  name: 'H104: the order spells this server otherwise',
  async break(s1) {
    spelled.break(s1)
    await ranked(s1, null)
  },
  mend: spelled.mend,
  says: ['This server, s1, is not listed', `${ORDER} lists s-1, s2`],
})

const out = changed(ORDER, () => '#s1   its disk is broken\ns2\n')
patient.breaks({
  name: 'H105: the order has this server commented out',
  async break(s1) {
    out.break(s1)
    await ranked(s1, null)
  },
  mend: out.mend,
  says: [`${ORDER}:1: #s1   its disk is broken`],
})

const shadow = changed(CONFIG_PATH, (text) => text.replace('[server]', '$&\nshadow = true'))
patient.breaks({
  name: 'H107: shadow mode is still on, and keepalived.conf is rendered',
  async break(s1) {
    shadow.break(s1)
    s1.daemon.signal('SIGHUP')
    await until(() => (s1.status() as { shadow?: true }).shadow === true)
  },
  async mend(s1) {
    shadow.mend(s1)
    s1.daemon.signal('SIGHUP')
    await until(() => (s1.status() as { shadow?: true }).shadow === undefined)
  },
  says: ['Shadow mode is on', 'shadow[[:space:]]*=/d'],
})

patient.breaks({
  name: 'H106: the order lists a server that is in no [servers] table',
  ...changed(ORDER, () => 's1\ns22\n#s2\n'),
  says: [`${ORDER}:2:1: error[E_UNKNOWN_SERVER]`, 'did you mean'],
})
