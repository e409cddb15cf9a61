// SMTP and sendmail against Debian's exim, in a network and with mounts of their own.
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import type { ChannelConfig, SmtpChannel } from '../../src/config/notify-table.ts'
import type { SendOutcome } from '../../src/notify/compose-message.ts'
import { MESSAGE } from '../adapters/deliver/message.ts'
import { LOCAL, MAIL } from '../notify/notify-fixtures.ts'
import { hostForAllTests, whyNoHost } from '../runtime/host.ts'
import { createMta, type Mta, whyNoMta } from './mta.ts'

setDefaultTimeout(60_000)
const why = whyNoHost ?? whyNoMta
if (why !== null) console.log(`skipped: ${why}`)
const PROGRAM = join(import.meta.dir, 'deliver-program.ts')

describe.skipIf(why !== null)('a real mail system', () => {
  let mta: Mta
  const host = hostForAllTests(async (host) => {
    mta = createMta(host)
    await mta.listen()
  })

  /** Delivers from inside of the host, where the servers are. */
  async function send(
    channel: Partial<ChannelConfig>,
    runtime = [process.execPath],
  ): Promise<SendOutcome> {
    const { command: _, ...base } = MAIL as Extract<ChannelConfig, { type: 'sendmail' }>
    const program = host.start([...runtime, PROGRAM, JSON.stringify({ ...base, ...channel })])
    await program.exited
    return JSON.parse(program.lines.all.at(-1) ?? 'null') as SendOutcome
  }

  const smtp = (differences: Partial<SmtpChannel> = {}) => ({
    type: 'smtp' as const,
    name: 'relay',
    from: 'holdfast@ns1.example.net',
    to: ['hostmaster@example.net'],
    server: '127.0.0.1',
    isLocal: true,
    port: 587,
    security: 'starttls' as const,
    tlsName: 'mail.example.net',
    caFile: mta.certificate,
    login: { user: mta.user, passwordFile: mta.passwordFile },
    ...differences,
  })

  async function arrives(channel: Partial<ChannelConfig>, runtime?: string[]) {
    const before = mta.mails().length
    expect(await send(channel, runtime)).toEqual({ ok: true })
    const mail = (await mta.untilMails(before + 1))[before]
    expect(mail?.body).toBe(MESSAGE.body)
    expect(mail?.headers.get('subject')).toBe('[holdfast] ns2: FAULT on recdns0')
    expect(mail?.headers.get('auto-submitted')).toBe('auto-generated')
    expect(mail?.headers.get('x-holdfast-state')).toBe('FAULT')
    return mail
  }

  test('takes mail from sendmail, and completes its addresses', async () => {
    const command = ['/usr/sbin/sendmail', '-t', '-oi']
    const mail = await arrives({ type: 'sendmail', command, from: 'holdfast', to: ['root'] })
    expect(mail?.headers.get('from')).toBe('"holdfast on ns2" <holdfast@example.net>')
    expect(mail?.headers.get('to')).toBe('root@example.net')
    expect(mail?.headers.get('message-id')).toBe(`<${MESSAGE.id}@ns2>`)
  })

  test('takes mail as [notify] alone sends it, and has its domain for addresses without one', async () => {
    const { name: _, ...local } = LOCAL
    const mail = await arrives(local)
    expect(mail?.headers.get('from')).toBe('"holdfast on ns2" <holdfast@example.net>')
    expect(mail?.headers.get('envelope-to')).toBe('root@example.net')
  })

  test('keeps mail in its queue while it cannot be delivered', async () => {
    const before = mta.mails().length
    mta.setMailbox(false)
    const command = ['/usr/sbin/sendmail', '-t', '-oi', '-odf']
    expect(await send({ type: 'sendmail', command, from: 'holdfast', to: ['root'] })).toEqual({
      ok: true,
    })
    expect(mta.queue()).toContain('root@example.net')
    mta.setMailbox(true)
    expect(mta.mails()).toHaveLength(before)
    mta.runQueue()
    await mta.untilMails(before + 1)
    expect(mta.queue()).toBe('')
  })

  test('takes no mail from sendmail in a unit without new privileges, and the error says what to do', async () => {
    const command = ['/usr/sbin/sendmail', '-t', '-oi']
    const channel = { ...MAIL, command, timeoutMs: 5000 }
    const unit = ['setpriv', '--reuid=nobody', '--clear-groups', '--no-new-privs']
    expect(await send(channel, [...unit, process.execPath])).toEqual({
      ok: false,
      error: expect.stringMatching(/^\/usr\/sbin\/sendmail .* write type = "smtp"$/),
      maybeDelivered: expect.anything(),
    })
    await arrives(LOCAL, [...unit, process.execPath])
  })

  test('takes mail over STARTTLS from who knows the password', async () => {
    const mail = await arrives(smtp())
    expect(mail?.headers.get('received')).toMatch(/with esmtpsa/)
    expect(mail?.headers.get('return-path') ?? '').toBe('')
  })

  test('takes mail over TLS from the beginning', async () => {
    await arrives(smtp({ port: 465, security: 'tls' }))
  })

  test('takes mail in clear without a password', async () => {
    await arrives(smtp({ port: 25, security: 'none', login: null, caFile: null }))
  })

  test('takes mail from the same source under Deno', async () => {
    const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
    const deno = join(import.meta.dir, `../../node_modules/@deno/linux-${arch}-glibc/deno`)
    await arrives(smtp(), [deno, 'run', '--allow-all', '--no-prompt'])
  })

  test.each([
    ['a certificate of somebody else', { caFile: null }, 'connecting: '],
    ['a name that the certificate does not have', { tlsName: 'other.example.net' }, 'connecting: '],
    ['its address for a name, which it does not have either', { tlsName: null }, 'connecting: '],
    [
      'a server that waits for TLS from the beginning',
      { port: 465, timeoutMs: 1000 },
      'connecting: ',
    ],
    ['nobody listening', { port: 24 }, 'connecting: '],
    ['no login where one is needed', { login: null }, 'sending: '],
    ['a recipient who is refused', { to: ['refused@example.net'] }, 'sending: '],
  ] as const)('is told nothing when there is %s', async (_, differences, stage) => {
    const before = mta.mails().length
    const outcome = await send(smtp(differences as Partial<SmtpChannel>))
    const error = expect.stringContaining(stage)
    expect(outcome).toEqual({ ok: false, error, maybeDelivered: false })
    expect(mta.mails()).toHaveLength(before)
  })

  test.each([
    ['over STARTTLS', { port: 587, security: 'starttls' }],
    ['over TLS', { port: 465, security: 'tls' }],
  ] as const)(
    'is told no password %s because the environment says to believe anybody',
    async (_, how) => {
      const before = mta.mails().length
      const trusting = ['env', 'NODE_TLS_REJECT_UNAUTHORIZED=0', process.execPath]
      expect(await send(smtp({ ...how, caFile: null }), trusting)).toEqual({
        ok: false,
        error: expect.stringContaining('connecting: '),
        maybeDelivered: false,
      })
      expect(mta.mails()).toHaveLength(before)
    },
  )

  test('a recipient who is refused does not keep others from their mail', async () => {
    const to = ['refused@example.net', 'hostmaster@example.net']
    const before = mta.mails().length
    expect(await send(smtp({ to }))).toEqual({
      ok: true,
      note: 'the server refused the recipients refused@example.net',
    })
    await mta.untilMails(before + 1)
  })

  test('a wrong password is in no error', async () => {
    const passwordFile = join(host.folder, 'wrong')
    host.sh(`umask 077; echo 'wrong "passw0rd"' >${passwordFile}`)
    const outcome = await send(smtp({ login: { user: 'ns1', passwordFile } }))
    expect(outcome).toEqual({
      ok: false,
      error: expect.stringMatching(/^mail server 127.0.0.1 port 587, logging in: /),
      maybeDelivered: false,
    })
    const forms = ['passw0rd', Buffer.from('\0ns1\0wrong "passw0rd"').toString('base64')]
    for (const form of forms) expect(JSON.stringify(outcome)).not.toContain(form)
  })
})
