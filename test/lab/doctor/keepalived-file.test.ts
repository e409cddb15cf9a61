// keepalived.conf refused by keepalived, edited by hand, not in force, and open to everybody.
import { expect, setDefaultTimeout, test } from 'bun:test'
import { whyNoLab } from '../environment.ts'
import { CONFIG_PATH, HOLDFAST } from '../holdfast.ts'
import { KEEPALIVED_CONF } from '../keepalived.ts'
import type { LabServer } from '../server.ts'
import { ward } from './broken.ts'
import { diagnose } from './diagnose.ts'
import { type Edit, edited, inInstance } from './edited.ts'

const SECRET = 'x8+sEcrT'
const SECRET_FILE = '/etc/holdfast/secret'

const patient = ward(
  {
    extraToml: `[keepalived]\ninterface = "eth0"\nvrrp_version = 2\nauth_pass_file = "${SECRET_FILE}"\n`,
  },
  async (s1) => {
    s1.node.write(SECRET_FILE, SECRET, 0o600)
    await s1.node.run(['chmod', '600', KEEPALIVED_CONF])
  },
)

patient.breaks({
  name: 'H205: a word that keepalived does not know',
  ...privately(inInstance('prioritty 1')),
  typed: true,
  says: ['prioritty', 'exit code 5', 'keepalived --config-test'],
})

patient.breaks({
  name: 'H206: a line that nobody rendered',
  ...privately((text) => text.replace('vrrp_garp_master_refresh 2', 'vrrp_garp_master_refresh 3')),
  typed: true,
  says: ['-  vrrp_garp_master_refresh 3', '+  vrrp_garp_master_refresh 2', '--diff'],
})

patient.breaks({
  name: 'H206: another password',
  ...privately((text) => text.replace(SECRET, 'an0ther1')),
  typed: true,
  says: ['differs from the secret file'],
})

let toml = ''
patient.breaks({
  name: 'H207: a file that keepalived has not read yet',
  async break(s1) {
    toml = s1.node.read(CONFIG_PATH)
    s1.node.write(
      CONFIG_PATH,
      toml.replace('vrrp_version = 2', 'vrrp_version = 2\nscript_interval = "2s"'),
    )
    await render(s1)
  },
  async mend(s1) {
    s1.node.write(CONFIG_PATH, toml)
    await render(s1)
  },
  says: ['has changed since keepalived loaded it', '-  interval 1', '+  interval 2', 'kill -HUP'],
})

patient.breaks({
  name: 'H208: everybody may read the password',
  break: (s1) => s1.node.run(['chmod', '644', KEEPALIVED_CONF]),
  mend: (s1) => s1.node.run(['chmod', '600', KEEPALIVED_CONF]),
  typed: true,
  says: ['mode 0644', 'auth_pass ***', 'chmod 600'],
})

setDefaultTimeout(60_000)

test.skipIf(whyNoLab() !== null)('no finding shows a password', async () => {
  const s1 = patient.server()
  const change = privately((text) =>
    text.replace('auth_type PASS', 'auth_type PASS # by hand').replace(SECRET, 'an0ther1'),
  )
  await change.break(s1)
  const { results } = await diagnose(s1)
  await change.mend(s1)
  const said = JSON.stringify(results)
  expect(said).toContain('auth_pass ***')
  expect(said).not.toContain('an0ther1')
  expect(said).not.toContain(SECRET)
})

function render({ node }: LabServer): Promise<string> {
  return node.run([HOLDFAST, 'render-config', '--output', KEEPALIVED_CONF])
}

/** An edit that keeps the file to root. */
function privately(change: (text: string) => string): Edit {
  const edit = edited(change)
  const close = (s1: LabServer) => s1.node.run(['chmod', '600', KEEPALIVED_CONF])
  return {
    async break(s1) {
      await edit.break(s1)
      await close(s1)
    },
    async mend(s1) {
      await edit.mend(s1)
      await close(s1)
    },
  }
}
