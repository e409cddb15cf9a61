// Mail by the default channel: from the shipped unit to exim and Postfix with Debian's defaults.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { whyNoMachines } from './environment.ts'
import { installHoldfast } from './install.ts'
import type { Machine } from './machine.ts'
import { createSoundHosts, type SoundHosts } from './sound.ts'

setDefaultTimeout(300_000)
/** A message waits for a minute after the one before it. */
const CEILING_MS = 150_000

/** The mail systems, and where each puts the mail of root. */
const MAIL_SYSTEMS = [
  { host: 's1', name: 'exim4-daemon-light', mailbox: '/var/mail/mail' },
  { host: 's2', name: 'postfix', mailbox: '/var/mail/root' },
] as const

describe.skipIf(whyNoMachines() !== null)('mail with [notify] alone', () => {
  let hosts: SoundHosts

  beforeAll(async () => {
    const install = async (machine: Machine) => {
      await installMail(machine)
      await installHoldfast(machine)
    }
    const installation = { install, program: '/usr/local/bin/holdfast' }
    hosts = await createSoundHosts({ installation, extraToml: '[notify]\n' })
  })
  afterAll(() => hosts?.destroy())

  test.each(MAIL_SYSTEMS)('reaches root through $name', async ({ host, mailbox }) => {
    const machine = hosts.machine(host)
    await machine.run(['holdfast', 'notify', 'INSTANCE', 'recdns0', 'FAULT', '0'])
    const mail = await untilMail(machine, mailbox, /\brecdns0 .*\bFAULT\b/)
    expect(mail).toMatch(
      new RegExp(`^From: "holdfast on ${host}" <holdfast@(${host}|localhost)>$`, 'm'),
    )
    expect(mail).toMatch(new RegExp(`^Subject: \\[holdfast\\] ${host}`, 'm'))
    expect(await machine.run(['systemctl', 'show', '-P', 'NoNewPrivileges', 'holdfast'])).toBe(
      'yes\n',
    )
  })
})

/** As Debian installs it where nobody answers its questions. */
async function installMail(machine: Machine): Promise<void> {
  const system = MAIL_SYSTEMS.find(({ host }) => host === machine.name)
  if (system === undefined) throw new Error(`no mail system is chosen for ${machine.name}`)
  await machine.run(['apt-get', '-qq', 'update'])
  const apt = ['apt-get', '-y', '-qq', '--no-install-recommends', 'install', system.name]
  await machine.run(['env', 'DEBIAN_FRONTEND=noninteractive', ...apt])
}

async function untilMail(machine: Machine, mailbox: string, said: RegExp): Promise<string> {
  const deadlineMs = Date.now() + CEILING_MS
  for (;;) {
    const { stdout } = await machine.exec(['cat', mailbox])
    if (said.test(stdout)) return stdout
    if (Date.now() > deadlineMs)
      throw new Error(`no mail like ${said} in ${mailbox}:\n${stdout}\n${await told(machine)}`)
    await Bun.sleep(200)
  }
}

async function told(machine: Machine): Promise<string> {
  return (await machine.exec(['holdfast', 'status'])).stdout
}
