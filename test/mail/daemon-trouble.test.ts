// Telling in trouble: channels that are away, a daemon that crashes, a disk that is full.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../runtime/lines.ts'
import { configText, QUICK } from '../runtime/subject.ts'
import { createTelling, NOTIFY, type Telling, whyNoTelling } from './telling.ts'

setDefaultTimeout(60_000)

describe.skipIf(whyNoTelling !== null)('the daemon tells, in the end,', () => {
  let telling: Telling
  beforeAll(async () => {
    telling = await createTelling()
  })
  afterAll(() => telling[Symbol.asyncDispose]())

  test('later, when the mail system was away: all in one, and the status says so meanwhile', async () => {
    const away = join(telling.host.folder, 'sendmail')
    const channel = `[notify.channels.mail]\ntype = "sendmail"\ncommand = ["${away}", "-t"]\nretry_min = "1s"\n`
    const place = telling.placeWith(`${NOTIFY}${channel}`)
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    telling.notify(place, 'INSTANCE', 'recdns0', 'FAULT', '0')
    const { complaints } = await daemon.until((status) => status.complaints.length === 1)
    expect(complaints[0]).toMatch(
      /^channel mail has failed for .*: cannot run \S+: no such program$/,
    )
    telling.notify(place, 'INSTANCE', 'recdns0', 'STOP', '0')
    const mail = await telling.nextMail(() => telling.host.sh(`ln -s /usr/sbin/exim4 ${away}`))
    expect(mail.headers.get('subject')).toBe(
      '[holdfast] s1: keepalived stopped, recdns0 released (2 transitions)',
    )
    expect(mail.headers.get('x-holdfast-repeated')).toBe('no')
    expect(mail.body).toMatch(/Delivery failed \d+ times/)
    await telling.untilUnspooled(place)
    await daemon.until((status) => status.complaints.length === 0)
    await daemon.stop()
  })

  test('how many it cannot tell of, which a newer version has left', async () => {
    const place = telling.placeWith(NOTIFY)
    telling.notify(place, 'INSTANCE', 'recdns0', 'FAULT', '0')
    const [event = ''] = telling.spooled(place)
    const path = telling.host.path(join(place.stateDir, 'spool', event))
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), format: 2 }))
    const first = place.start()
    await first.untilHealth('healthy')
    await telling.untilUnspooled(place)
    // One that ends before it could tell has written down how many.
    first.program.signal('SIGKILL')
    expect(await first.program.exited).toBe('SIGKILL')
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    const mail = await telling.nextMail(() =>
      telling.notify(place, 'INSTANCE', 'recdns0', 'STOP', '0'),
    )
    expect(mail.headers.get('subject')).toBe('[holdfast] s1: keepalived stopped, recdns0 released')
    expect(mail.body).toContain('1 earlier transition is not in any message')
    expect(first.program.lines.all.join('\n')).toContain('"format" is not 1')
    await daemon.stop()
  })

  test('at once by a channel that a reload has mended', async () => {
    const place = telling.placeWith(
      `${NOTIFY}[notify.channels.mail]\ntype = "sendmail"\ncommand = ["/nowhere"]\n`,
    )
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    telling.notify(place, 'INSTANCE', 'recdns0', 'FAULT', '0')
    await daemon.until((status) => status.complaints.length === 1)
    const mail = await telling.nextMail(() => {
      place.writeConfig(configText(place, `${QUICK}${NOTIFY}`))
      daemon.program.signal('SIGHUP')
    })
    expect(mail.headers.get('subject')).toBe('[holdfast] s1: FAULT on recdns0')
    await daemon.stop()
  })

  test('over SMTP with STARTTLS and a password, beside a webhook that is away', async () => {
    const channels = `[notify]
from = "holdfast@ns1.example.net"
to = ["hostmaster@example.net"]
group_wait = "0s"
group_interval = "0s"
[notify.channels.relay]
type = "smtp"
server = "127.0.0.1"
tls_name = "mail.example.net"
ca_file = "${telling.mta.certificate}"
user = "${telling.mta.user}"
password_file = "${telling.mta.passwordFile}"
[notify.channels.chat]
type = "webhook"
url = "http://127.0.0.1:1/"
`
    const place = telling.placeWith(channels)
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    const mail = await telling.nextMail(() =>
      telling.notify(place, 'INSTANCE', 'recdns0', 'FAULT', '0'),
    )
    expect(mail.headers.get('subject')).toBe('[holdfast] s1: FAULT on recdns0')
    expect(mail.headers.get('received')).toContain('with esmtpsa')
    // The event stays for the webhook's sake, and a restart does not tell it by mail again.
    await daemon.until((status) => status.complaints.length === 1)
    const journal = telling.host.path(join(place.stateDir, 'notify.json'))
    await eventually(
      () => JSON.parse(readFileSync(journal, 'utf8')).channels.relay.done.length === 1,
      () => `the journal says that it was told, not ${readFileSync(journal, 'utf8')}`,
    )
    expect(telling.spooled(place)).toHaveLength(1)
    await daemon.stop()
    const count = telling.mta.mails().length
    const next = place.start()
    await next.until((status) => status.complaints.length === 1)
    await next.stop()
    expect(telling.mta.mails()).toHaveLength(count)
  })

  describe('after a crash', () => {
    const script = join(import.meta.dir, 'deliver-and-kill.sh')

    /** A channel that writes down what it is told, and kills the daemon as long as a file is there. */
    function killingPlace() {
      const told = join(telling.host.folder, `told${Math.random()}`)
      const command = JSON.stringify(['/bin/sh', script, told])
      const channel = `[notify.channels.pager]\ntype = "command"\ncommand = ${command}\n`
      const place = telling.placeWith(`${NOTIFY}${channel}`)
      const read = () =>
        (existsSync(told) ? readFileSync(told, 'utf8') : '')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Record<string, unknown>)
      return { place, told, read }
    }

    test('between delivery and the end of it, marked as possibly repeated, and only then', async () => {
      const { place, told, read } = killingPlace()
      writeFileSync(`${told}.kill`, '')
      const first = place.start()
      await first.untilHealth('healthy')
      telling.notify(place, 'INSTANCE', 'recdns0', 'FAULT', '0')
      expect(await first.program.exited).toBe('SIGKILL')
      expect(read()).toMatchObject([{ state: 'FAULT', possibly_repeated: false }])
      expect(telling.spooled(place)).toHaveLength(1)

      renameSync(`${told}.kill`, `${told}.mercy`)
      const second = place.start()
      await eventually(
        () => read().length === 2,
        () => `two messages, not ${read().length}`,
      )
      await telling.untilUnspooled(place)
      telling.notify(place, 'INSTANCE', 'recdns0', 'STOP', '0')
      await eventually(
        () => read().length === 3,
        () => `three messages, not ${read().length}`,
      )
      await second.stop()
      const [before, repeated, next] = read()
      expect(repeated).toMatchObject({ id: before?.id, possibly_repeated: true })
      expect(repeated?.subject).toBe('[holdfast] s1: FAULT on recdns0 (possibly repeated)')
      expect(next).toMatchObject({ state: 'STOP', possibly_repeated: false })
    })

    test('before the attempt, as if nothing had been', async () => {
      const { place, read } = killingPlace()
      telling.notify(place, 'INSTANCE', 'recdns0', 'FAULT', '0')
      const daemon = place.start()
      await eventually(
        () => read().length === 1,
        () => `one message, not ${read().length}`,
      )
      await telling.untilUnspooled(place)
      await daemon.stop()
      expect(read()).toMatchObject([{ state: 'FAULT', possibly_repeated: false }])
    })
  })

  test('on a full disk', async () => {
    const place = telling.placeWith(NOTIFY)
    telling.host.sh(`mount -t tmpfs -o size=512k,mode=0755 none ${place.stateDir}`)
    const state = telling.host.path(place.stateDir)
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    telling.notify(place, 'GROUP', 'first', 'FAULT', '0')
    await telling.untilUnspooled(place)
    await eventually(
      () =>
        existsSync(join(state, 'spool/.reserve-1')) && existsSync(join(state, '.notify-reserve')),
      () => 'there are reserves',
    )
    telling.host.sh(`! head -c 1m /dev/zero 2>/dev/null >${place.stateDir}/ballast`)
    const mail = await telling.nextMail(() =>
      telling.notify(place, 'GROUP', 'second', 'FAULT', '0'),
    )
    expect(mail.headers.get('subject')).toBe('[holdfast] s1: FAULT on second')
    await telling.untilUnspooled(place)
    // Without any reserve there is no record of the attempt, and the mail says so.
    const unlucky = await telling.nextMail(() => {
      telling.host.sh(
        `cd ${place.stateDir}; : >notify.json; rm -f .notify-reserve; cat ballast >ballast2 || :`,
      )
      telling.notify(place, 'GROUP', 'third', 'FAULT', '0')
    })
    expect(unlucky.headers.get('subject')).toBe('[holdfast] s1: FAULT on third (possibly repeated)')
    expect(unlucky.body).toContain(
      'It may be sent again, because it cannot be recorded: cannot write',
    )
    await telling.untilUnspooled(place)
    await daemon.stop()
  })
})
