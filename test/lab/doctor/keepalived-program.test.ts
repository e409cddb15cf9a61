// keepalived itself absent, old, dead, stopped and silent, and its file gone.
import { KEEPALIVED_CONF } from '../keepalived.ts'
import { ward } from './broken.ts'
import { edited } from './edited.ts'

const patient = ward()
const DUMP = '/tmp/keepalived.json'

patient.breaks({
  name: 'H201: the program is gone',
  break: (s1) => s1.node.run(['mount', '--bind', '/dev/null', '/usr/sbin/keepalived']),
  mend: (s1) => s1.node.run(['umount', '/usr/sbin/keepalived']),
  says: ['keepalived is not installed', 'apt-get install keepalived'],
})

const OLD = '/usr/local/sbin/keepalived'
/** Says that it is another release than it is. */
const pretending = (version: string) => `#!/bin/sh
case $1 in --version) echo 'Keepalived v${version} (10/19,2019)' >&2; exit 0 ;; esac
exec /usr/sbin/keepalived "$@"
`

patient.breaks({
  name: 'H202: a keepalived that knows no track_file blocks',
  break: (s1) => s1.node.write(OLD, pretending('2.0.19'), 0o755),
  mend: (s1) => s1.node.remove(OLD),
  says: ['v2.0.19', '2.1.0 or later', 'track_script'],
})

const LOST = edited((text) => `${text}track_file more {\n  file /run/more/file\n}\n`)
patient.breaks({
  name: 'H230: a release that loses memory for a folder that is not there',
  async break(s1) {
    await LOST.break(s1)
    s1.node.write(OLD, pretending('2.2.8'), 0o755)
  },
  async mend(s1) {
    s1.node.remove(OLD)
    await LOST.mend(s1)
  },
  says: ['keepalived 2.2.8 leaks memory', 'track_file more'],
})

patient.breaks({
  name: 'H203: keepalived was stopped',
  break: (s1) => s1.keepalived.stop(),
  mend: (s1) => s1.keepalived.start(),
  says: ['keepalived is not running'],
})

patient.breaks({
  name: 'H203: keepalived was stopped by a signal',
  break: (s1) => s1.keepalived.freeze(),
  mend: (s1) => s1.keepalived.cont(),
  typed: /^kill -CONT/,
  says: ['is stopped', 'state T', 'kill -CONT'],
})

let conf = ''
patient.breaks({
  name: 'H204: the configuration is gone',
  break(s1) {
    conf = s1.node.read(KEEPALIVED_CONF)
    s1.node.remove(KEEPALIVED_CONF)
  },
  mend: (s1) => s1.node.write(KEEPALIVED_CONF, conf),
  typed: true,
  says: [KEEPALIVED_CONF, 'holdfast render-config --output'],
})

patient.breaks({
  name: 'H221: the dump cannot be written',
  break(s1) {
    s1.node.remove(DUMP)
    s1.node.write(`${DUMP}/in-the-way`, '')
  },
  mend: (s1) => s1.node.run(['sh', '-c', `rm -rf ${DUMP}*`]),
  typed: true,
  says: ['state dump is not available', 'rm -rf /tmp/keepalived.json'],
})
