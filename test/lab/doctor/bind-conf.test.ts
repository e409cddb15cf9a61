// named's configuration: broken, unread, or in wait for a service address that is elsewhere.
import { ONE_INSTANCE } from '../layout.ts'
import { BIND_OPTIONS } from '../resolver.ts'
import type { LabServer } from '../server.ts'
import { ward } from './broken.ts'
import { confByHand, edit, NAMED_CONF } from './named.ts'

/** The service addresses are on the other server. */
const patient = ward({
  servers: ['s1', 's2'],
  clusters: ONE_INSTANCE.map((cluster) => ({ ...cluster, order: ['s2', 's1'] })),
})

let before = ''
const keep = (server: LabServer, path: string) => {
  before = server.node.read(path)
}

patient.breaks({
  name: 'H405: an option that named does not know',
  break(s1) {
    keep(s1, NAMED_CONF)
    s1.node.write(NAMED_CONF, before.replace('recursion yes;', 'recursion yes;\n  nonsense yes;'))
  },
  async mend(s1) {
    s1.node.write(NAMED_CONF, before)
    await s1.node.run(['rndc', 'reconfig'])
  },
  says: [`${NAMED_CONF}:4: unknown option 'nonsense'`],
})

patient.breaks({
  name: 'H406: an included file that named has not read since it was written',
  break: (s1) => s1.node.run(['touch', '-d', '+1 minute', '/etc/bind/named.conf.default-zones']),
  mend: (s1) =>
    s1.node.run(['touch', '-r', '/etc/bind/db.127', '/etc/bind/named.conf.default-zones']),
  says: [
    'named.conf.default-zones is newer than the configuration that named has loaded',
    'last configured: ',
  ],
})

patient.breaks({
  name: 'H415: the host asks a service address of its own',
  break(s1) {
    keep(s1, '/etc/resolv.conf')
    s1.node.write('/etc/resolv.conf', 'search example.com\nnameserver 2001:db8:0::53\n')
  },
  mend: (s1) => s1.node.write('/etc/resolv.conf', before),
  says: ['2001:db8::53', '/etc/resolv.conf:2: nameserver 2001:db8:0::53'],
})

patient.breaks({
  name: 'H416: the options that are installed are not those that are rendered',
  async break(s1) {
    keep(s1, BIND_OPTIONS)
    s1.node.write(BIND_OPTIONS, before.replace('automatic-interface-scan yes;', ''))
    await s1.node.run(['rndc', 'reconfig'])
  },
  async mend(s1) {
    s1.node.write(BIND_OPTIONS, before)
    await s1.node.run(['rndc', 'reconfig'])
  },
  says: ['+automatic-interface-scan yes;', 'render-config bind --diff'],
})

const notIncluded = edit((text) => text.replace(`include "${BIND_OPTIONS}";`, ''))
patient.breaks({
  name: 'H416: the options are installed and not included',
  break: notIncluded.make,
  mend: notIncluded.takeBack,
  says: [`named.conf does not include ${BIND_OPTIONS}`],
})

/** Without what render-config makes, its options are the operator's own. */
function byHand(lines: string) {
  const change = edit(() => confByHand(lines))
  let rendered = ''
  return {
    async break(s1: LabServer) {
      rendered = s1.node.read(BIND_OPTIONS)
      s1.node.remove(BIND_OPTIONS)
      await s1.node.run(['mv', '/etc/bind/holdfast.zone', '/etc/bind/holdfast.away'])
      await change.make(s1)
    },
    async mend(s1: LabServer) {
      s1.node.write(BIND_OPTIONS, rendered)
      await s1.node.run(['mv', '/etc/bind/holdfast.away', '/etc/bind/holdfast.zone'])
      await change.takeBack(s1)
    },
  }
}

patient.breaks({
  name: 'H417: listen-on leaves out a service address that is elsewhere',
  ...byHand('listen-on { 192.0.2.11; 127.0.0.0/8; };'),
  says: ['listen-on does not include 192.0.2.53', 'listen-on does not match 192.0.2.53'],
})

patient.breaks({
  name: 'H418: named does not look for new addresses',
  ...byHand('automatic-interface-scan no;'),
  says: ['automatic-interface-scan is off'],
})
