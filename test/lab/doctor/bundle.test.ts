// The bundle of a server that has every kind of secret: none of them is in it, and all the rest is.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { parseTar } from 'nanotar'
import { whyNoLab } from '../environment.ts'
import { HOLDFAST } from '../holdfast.ts'
import { createLab, type Lab } from '../lab.ts'
import type { LabServer } from '../server.ts'

setDefaultTimeout(90_000)

/** Those that the lab's keepalived.conf is rendered with, and others. */
const SECRETS = {
  vrrp: 'x8+sEcrT',
  smtp: 'smtp pässword"1',
  token: 'wEbhOOk-bearer-0123456789',
  path: 'T0K3NinTHEpath',
  user: 'webUser7',
  userPassword: 'webPassword7',
  argument: 'argumentT0ken',
  tsig: 'c2VjcmV0IG9mIGEgdHNpZyBrZXk=',
} as const

const EXTRA = `[keepalived]
interface = "eth0"
vrrp_version = 2
auth_pass_file = "/etc/holdfast/vrrp.secret"

[notify.channels.mail]
type = "smtp"
from = "dns@example.com"
to = ["ops@example.com"]
server = "192.0.2.250"
user = "dns"
password_file = "/etc/holdfast/smtp.password"

[notify.channels.hook]
type = "webhook"
url = "https://192.0.2.251/hook/${SECRETS.path}"
token_file = "/etc/holdfast/hook.token"

[notify.channels.own]
type = "command"
command = ["/usr/bin/true", "--token", "${SECRETS.argument}", "https://${SECRETS.user}:${SECRETS.userPassword}@192.0.2.251/"]
`

const inLab = test.skipIf(whyNoLab() !== null)
let lab: Lab
let s1: LabServer

beforeAll(async () => {
  if (whyNoLab() !== null) return
  lab = await createLab({ servers: ['s1'], extraToml: EXTRA })
  s1 = lab.server('s1')
  const { node } = s1
  node.write('/etc/holdfast/vrrp.secret', `${SECRETS.vrrp}\n`, 0o600)
  node.write('/etc/holdfast/smtp.password', SECRETS.smtp, 0o600)
  node.write('/etc/holdfast/hook.token', `${SECRETS.token}\n`, 0o600)
  const named = node.read('/etc/bind/named.conf')
  const key = `key "tsig" { algorithm hmac-sha256; secret "${SECRETS.tsig}"; };\n`
  node.write('/etc/bind/named.conf', `${named}\n${key}`)
  // What a careless program might have logged; there is no journal in the lab.
  const said = Object.values(SECRETS).map((secret) => `said ${secret}, ${btoa(toLatin(secret))}.`)
  node.write('/var/tmp/said', `${said.join('\n')}\n${encodeURIComponent(SECRETS.smtp)}\n`)
  node.write('/usr/local/bin/journalctl', '#!/bin/sh\necho "for $2"\ncat /var/tmp/said\n', 0o755)
  await lab.start()
  await node.run([HOLDFAST, 'notify', 'INSTANCE', 'recdns0', 'BACKUP', '1'])
})

afterAll(() => lab?.destroy())

/** The bytes of its UTF-8, as btoa takes them. */
function toLatin(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text))
}

inLab('the bundle has all but the secrets', async () => {
  const { node } = s1
  const ran = await node.exec([HOLDFAST, 'doctor', '--bundle', '/var/tmp/bundle.tar'])
  expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code: 0, stdout: '' })
  const bytes = readFileSync(node.path('/var/tmp/bundle.tar'))
  const all = bytes.toString('utf8')
  for (const [name, secret] of Object.entries(SECRETS)) {
    const spellings = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]
    const hidden = [btoa(toLatin(secret)), Buffer.from(secret).toString('hex')]
    for (const spelling of [...spellings, ...hidden])
      expect({ name, spelling, found: all.includes(spelling) }).toEqual({
        ...{ name, spelling, found: false },
      })
  }

  const files = new Map(
    parseTar(new Uint8Array(bytes)).map((parsedTarFileItem) => [
      parsedTarFileItem.name.split('/').slice(1).join('/'),
      parsedTarFileItem.text,
    ]),
  )
  const file = (name: string) => {
    const text = files.get(name)
    if (text === undefined) throw new Error(`${name} is not in ${[...files.keys()]}`)
    return text
  }
  expect(file('keepalived/installed.conf')).toContain('auth_pass [removed]\n')
  expect(file('keepalived/rendered.conf')).toContain('virtual_router_id 53')
  expect(file('keepalived/diff')).toBe('No differences.\n')
  const [instance] = JSON.parse(file('keepalived/dump.json'))
  expect(instance.data).toMatchObject({ iname: 'recdns0', auth_data: '[removed]' })
  expect(file('holdfast/holdfast.toml')).toContain('password_file = "/etc/holdfast/smtp.password"')
  expect(file('holdfast/holdfast.toml')).toContain('url = "https://192.0.2.251/[removed]"')
  expect(JSON.parse(file('holdfast/status.json'))).toMatchObject({ server: 's1' })
  expect(file('holdfast/order/recdns')).toBe('s1\n')
  expect(file('holdfast/history.jsonl')).toContain('"kind":"start"')
  expect(file('holdfast/spool')).toContain('/var/lib/holdfast/spool')
  expect(file('bind/named-checkconf')).toContain('hmac-sha256')
  expect(file('journal/named')).toContain('for named\nsaid [removed]')
  expect(file('network/addresses')).toContain('192.0.2.11/24')
  expect(file('network/sockets')).toContain('192.0.2.11:53')
  expect(file('network/sysctl')).toContain('net.ipv4.ip_nonlocal_bind')
  expect(JSON.parse(file('doctor.json'))).toMatchObject({ format: 1, server: 's1' })
  expect(file('doctor.txt')).toMatch(/ ok.* in [\d.]+ m?s\./)
  expect(file('README.txt')).not.toContain('is not readable, so')
})

inLab(
  'the bundle goes into a pipe as well, and says of secrets that it may not read that it does not know them',
  async () => {
    const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--']
    await s1.node.run(['chmod', '0644', '/etc/holdfast/holdfast.toml'])
    const command = [...asNobody, 'sh', '-c', `${HOLDFAST} doctor --bundle - 2>/dev/null | tar xO`]
    const { stdout } = await s1.node.exec([...command])
    expect(stdout).toContain('as user 65534')
    expect(stdout).toContain('/etc/holdfast/smtp.password is not readable, so its contents')
    expect(stdout).not.toContain(SECRETS.argument)
    expect(stdout).not.toContain(SECRETS.path)
    expect(stdout).not.toContain(SECRETS.userPassword)
  },
)
