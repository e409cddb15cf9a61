// Another server that speaks another VRRP than this one, version 2 and a password being ours.
import { expect, test } from 'bun:test'
import { whyNoLab } from '../environment.ts'
import { KEEPALIVED_CONF } from '../keepalived.ts'
import { ward } from './broken.ts'
import { diagnose, resultOf } from './diagnose.ts'
import { otherwise } from './stranger.ts'

const SECRET = 'x8+sEcrT'
const SECRET_FILE = '/etc/holdfast/secret'
const EXTRA = `[keepalived]\ninterface = "eth0"\nvrrp_version = 2\nadvert_interval = "2s"\nauth_pass_file = "${SECRET_FILE}"\n`

const patient = ward(
  { servers: ['s1', 's2'], onLoopback: true, extraToml: EXTRA },
  async (_, lab) => {
    for (const { node } of lab.servers) {
      node.write(SECRET_FILE, SECRET, 0o600)
      await node.run(['chmod', '600', KEEPALIVED_CONF])
    }
  },
)

patient.breaks({
  name: 'H305: another server has a shorter interval',
  ...otherwise(oftener),
  says: ['192.0.2.11 sends adverts every 1000 ms, but recdns0 uses 2000 ms'],
})

patient.breaks({
  name: 'H308: another server speaks VRRPv3',
  ...otherwise((text) =>
    text.replace('vrrp_version 2', 'vrrp_version 3').replace('advert_int 2', 'advert_int 0.1'),
  ),
  says: ['192.0.2.11 uses VRRPv3, but recdns0 uses VRRPv2'],
})

patient.breaks({
  name: 'H307: another server has no password',
  ...otherwise((text) => oftener(text.replace(/authentication \{[^}]*\}/, ''))),
  says: [
    '192.0.2.11 uses authentication \\"none\\" for recdns0',
    'authtype_mismatch of recdns0 grew',
  ],
})

const otherPassword = otherwise((text) => oftener(text.replace(SECRET, 'an0ther1')))

patient.breaks({
  name: 'H307: another server has another password',
  ...otherPassword,
  says: ['192.0.2.11 uses another password for recdns0', 'auth_failure of recdns0 grew'],
})

patient.breaks({
  name: 'H307: the same, where nobody can listen on the wire',
  ...otherPassword,
  async break(s2, lab) {
    await s2.node.run(['mount', '--bind', '/dev/null', '/usr/bin/tcpdump'])
    await otherPassword.break(s2, lab)
  },
  async mend(s2, lab) {
    await s2.node.run(['umount', '/usr/bin/tcpdump'])
    await otherPassword.mend(s2, lab)
  },
  says: ['keepalived discards adverts of another server', 'auth_failure of recdns0 grew'],
})

test.skipIf(whyNoLab() !== null)(
  'what was heard on the wire shows no password',
  async () => {
    const lab = patient.lab()
    const s2 = lab.server('s2')
    await otherPassword.break(s2, lab)
    const diagnosis = await diagnose(s2)
    await otherPassword.mend(s2, lab)
    expect(resultOf(diagnosis, 'H307').outcome.kind).toBe('fail')
    const said = JSON.stringify(diagnosis.results)
    expect(said).not.toContain('an0ther1')
    expect(said).not.toContain(SECRET)
  },
  60_000,
)

/**
 * A master that receives an advert which it discards puts off its own next one. So of two that do
 * not understand each other only the one that speaks more often is heard, and s2 is to hear s1.
 */
function oftener(text: string): string {
  return text.replace('advert_int 2', 'advert_int 1')
}
