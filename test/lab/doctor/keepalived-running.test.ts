// A keepalived that does not hear what is published, or does something else.
import { until, ward } from './broken.ts'
import { edited } from './edited.ts'

const FOLDER = '/run/holdfast/priority'
const PRIORITY = `${FOLDER}/recdns0`

const patient = ward(
  {
    extraToml: `[keepalived]
interface = "eth0"
[keepalived.extra_lines]
vrrp_instance = ["track_interface {", "other0", "}"]
`,
  },
  async ({ node }) => {
    await node.run(['ip', 'link', 'add', 'other0', 'type', 'veth', 'peer', 'name', 'other1'])
    for (const name of ['other0', 'other1']) {
      await node.run(['ip', 'link', 'set', name, 'addrgenmode', 'none', 'up'])
    }
  },
)

patient.breaks({
  name: 'H218: a track_file whose folder is not there',
  ...edited((text) =>
    text
      .replace('track_file recdns0 {', 'track_file more {\n  file /run/more/file\n}\n\n$&')
      .replace('  track_file {\n', '  track_file {\n    more\n'),
  ),
  typed: true,
  says: ['/run/more does not exist', 'track_file /run/more/file'],
})

patient.breaks({
  name: 'H219: the folder was removed and made again',
  async break(s1) {
    s1.node.remove(FOLDER)
    await until(async () => (await s1.node.exec(['test', '-s', PRIORITY])).code === 0)
  },
  mend: (s1) => s1.keepalived.signal('SIGHUP'),
  typed: true,
  says: [`keepalived has no inotify watch on ${FOLDER}`, 'kill -HUP'],
})

patient.breaks({
  name: 'H220: an empty file in the place of a priority, which cannot be replaced',
  break: (s1) => cover(s1, ''),
  mend: (s1) => s1.node.run(['umount', PRIORITY]),
  says: [PRIORITY, 'contains no number'],
})

patient.breaks({
  name: 'H222: another priority published than keepalived has heard of',
  break: (s1) => cover(s1, '99\n'),
  mend: (s1) => s1.node.run(['umount', PRIORITY]),
  says: ['99, which gives priority 100', 'effective priority 250'],
})

patient.breaks({
  name: 'H223: FAULT for the sake of another interface, which is down',
  async break(s1) {
    await s1.node.run(['ip', 'link', 'set', 'other0', 'down'])
    await s1.keepalived.log.waitFor(/Entering FAULT STATE/)
  },
  mend: (s1) => s1.node.run(['ip', 'link', 'set', 'other0', 'up']),
  says: ['recdns0 is in FAULT', 'other0: ', 'ip link set other0 up'],
  typed: true,
})

patient.breaks({
  name: 'H223: FAULT for the sake of another interface, which has no carrier',
  async break(s1) {
    const from = s1.keepalived.log.lines.length
    await s1.node.run(['ip', 'link', 'set', 'other1', 'down'])
    await s1.keepalived.log.waitFor(/Entering FAULT STATE/, { from })
  },
  mend: (s1) => s1.node.run(['ip', 'link', 'set', 'other1', 'up']),
  says: ['recdns0 is in FAULT', 'other0: ', 'other0 has no carrier'],
})

patient.breaks({
  name: 'H225: an instance of which holdfast knows nothing',
  ...edited(
    (text) => `${text}
vrrp_instance stranger {
  interface eth0
  virtual_router_id 99
  virtual_ipaddress {
    192.0.2.99/24
  }
}
`,
  ),
  says: ['runs stranger', 'virtual_router_id 99', '192.0.2.99'],
})

async function cover({ node }: ReturnType<typeof patient.server>, text: string): Promise<void> {
  node.write('/tmp/cover', text)
  await node.run(['mount', '--bind', '/tmp/cover', PRIORITY])
}
