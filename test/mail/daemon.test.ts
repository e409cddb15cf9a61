// From keepalived's transition to the mailbox: the real daemon, named, exim and keepalived on one host.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chooseHoldfast } from '../lab/holdfast.ts'
import { createHost, type Host, type Program, REPOSITORY, whyNoHost } from '../runtime/host.ts'
import { eventually } from '../runtime/lines.ts'
import { configText, createPlace, type Place, QUICK, type Subject } from '../runtime/subject.ts'
import { createMta, type Mail, type Mta, whyNoMta } from './mta.ts'

setDefaultTimeout(60_000)
const why = whyNoHost ?? whyNoMta
if (why !== null) console.log(`skipped: ${why}`)

const HOLDFAST =
  chooseHoldfast() === 'built'
    ? [join(REPOSITORY, 'dist/holdfast')]
    : [process.execPath, join(REPOSITORY, 'src/main.ts')]

const NOTIFY = '[notify]\nto = ["hostmaster"]\nsettle = "0s"\nwindow = "0s"\n'
const ADDRESS = '192.0.2.53/32'

describe.skipIf(why !== null)('the daemon tells', () => {
  let host: Host
  let mta: Mta
  let named: Program
  beforeAll(async () => {
    host = await createHost()
    host.ip('link add vrrp0 type veth peer name vrrp1')
    host.ip('link set vrrp1 up')
    host.ip('link set vrrp0 up')
    host.ip('addr add 192.0.2.1/24 dev vrrp0')
    mta = createMta(host)
    named = await host.startNamed()
  })
  afterAll(() => host[Symbol.asyncDispose]())

  /** A place whose config tells by mail, or as `toml` says. */
  function placeWith(toml: string): Place {
    const place = createPlace(host)
    place.writeConfig(configText(place, `${QUICK}${toml}`))
    return place
  }

  /** What keepalived runs. */
  function notify(place: Place, ...words: readonly string[]): void {
    const folders = ['--state-dir', place.stateDir, '--run-dir', place.runDir]
    const command = [...HOLDFAST, 'notify', ...folders, ...words]
    host.sh(command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' '))
  }

  function spooled(place: Place): string[] {
    const folder = host.path(join(place.stateDir, 'spool'))
    const names = existsSync(folder) ? readdirSync(folder) : []
    return names.filter((name) => name.endsWith('.event'))
  }

  const untilUnspooled = (place: Place) =>
    eventually(
      () => spooled(place).length === 0,
      () => `the spool is empty, not ${spooled(place)}`,
    )

  async function nextMail(act: () => void): Promise<Mail> {
    const before = mta.mails().length
    act()
    const mail = (await mta.untilMails(before + 1))[before]
    if (mail === undefined) throw new Error('there is no mail')
    return mail
  }

  async function hold(daemon: Subject, holding: boolean): Promise<void> {
    host.ip(`addr ${holding ? 'add' : 'del'} ${ADDRESS} dev vrrp0`)
    await daemon.until(({ instances }) => instances[0]?.holding === holding)
  }

  test('a night with named killed on the holder, by mail', async () => {
    const place = placeWith(NOTIFY)
    const daemon = place.start()
    await daemon.untilVerdict('healthy')
    await hold(daemon, true)
    const master = await nextMail(() => notify(place, 'INSTANCE', 'recdns0', 'MASTER', '250'))
    expect(master.headers.get('subject')).toBe('recdns0 MASTER on s1')
    expect(master.headers.get('to')).toBe('hostmaster@example.net')
    expect(master.body).toContain('recdns0  192.0.2.53: on this server, s1\n')

    named.signal('SIGKILL')
    await daemon.untilVerdict('failed')
    await hold(daemon, false)
    const dead = await nextMail(() => notify(place, 'INSTANCE', 'recdns0', 'BACKUP', '10'))
    expect(dead.headers.get('subject')).toBe('recdns0 DEAD on s1')
    expect(dead.body).toStartWith('s1 gave up recdns0, because DNS on s1 has failed.\n')
    expect(dead.body).toMatch(/\nWhy\n {2}(udp|tcp)\/\S+ 127\.in-addr\.arpa SOA: refused/)
    expect(dead.body).toContain('recdns0  192.0.2.53: not on this server; if all is well, on')
    expect(dead.body).toContain('dig @127.0.0.1 127.in-addr.arpa SOA +tries=1')
    expect(dead.body).toMatch(/\nBefore\n {2}\S+ \S+ {2}recdns0 {2}MASTER\n/)

    named = await host.startNamed()
    await daemon.untilVerdict('healthy')
    const count = mta.mails().length
    notify(place, 'INSTANCE', 'recdns0', 'BACKUP', '200')
    await untilUnspooled(place)
    await daemon.stop()
    expect(mta.mails()).toHaveLength(count)
    const said = daemon.program.lines.all.filter((line) => line.includes('keepalived: '))
    expect(said.map((line) => line.split('keepalived: ')[1])).toEqual([
      'instance recdns0 is MASTER (priority 250)',
      'instance recdns0 is BACKUP (priority 10)',
      'instance recdns0 is BACKUP (priority 200)',
    ])
  })

  test('what keepalived itself reports', async () => {
    const place = placeWith(NOTIFY)
    const daemon = place.start()
    await daemon.untilVerdict('healthy')
    const folders = `--state-dir ${place.stateDir} --run-dir ${place.runDir}`
    const conf = join(host.folder, 'keepalived.conf')
    writeFileSync(
      conf,
      `global_defs {\n script_user root\n vrrp_version 3\n}
vrrp_instance recdns0 {
 state BACKUP
 interface vrrp0
 virtual_router_id 53
 priority 100
 advert_int 0.1
 virtual_ipaddress { ${ADDRESS} }
 notify "${HOLDFAST.join(' ')} notify ${folders}"
}\n`,
    )
    const before = mta.mails().length
    const pids = ['-p', '-r', '-c'].map((flag) => `${flag} ${conf}${flag}.pid`).join(' ')
    const keepalived = host.start(['sh', '-c', `exec keepalived -n -l -f ${conf} ${pids}`])
    const master = (await mta.untilMails(before + 1))[before]
    expect(master?.headers.get('subject')).toMatch(/^recdns0 MASTER on s1( \(2 transitions\))?$/)
    expect(master?.body).toContain('priority 100')
    keepalived.signal('SIGTERM')
    await keepalived.exited
    const stopped = (await mta.untilMails(before + 2))[before + 1]
    expect(stopped?.headers.get('subject')).toBe('recdns0 STOP on s1')
    await daemon.stop()
  })

  test('planned work as such', async () => {
    const place = placeWith(NOTIFY)
    const daemon = place.start()
    await daemon.untilVerdict('healthy')
    const override = { format: 1, mode: 'drained', by: 'jo', reason: 'new kernel' }
    place.writeOverride(JSON.stringify({ ...override, since: '2026-11-21T10:00:00Z', until: null }))
    await daemon.until(({ instances }) => instances[0]?.standing === 'drained')
    const mail = await nextMail(() => notify(place, 'INSTANCE', 'recdns0', 'BACKUP', '30'))
    expect(mail.headers.get('subject')).toBe('recdns0 BACKUP on s1 (planned)')
    expect(mail.headers.get('x-holdfast-planned')).toBe('yes')
    expect(mail.body).toContain('s1 was drained by jo: new kernel')
    await daemon.stop()
  })

  test('names and states that mean harm, as harmless ones', async () => {
    const place = placeWith(NOTIFY)
    const daemon = place.start()
    await daemon.untilVerdict('healthy')
    const name = `x\nBcc: thief@example.net\n\n$(touch ${host.folder}/harm)\`reboot\`/../../..`
    const mail = await nextMail(() => notify(place, 'INSTANCE', name, 'FAULT', '1;reboot'))
    expect(mail.headers.get('subject')).toStartWith('x?Bcc??thief?example.net???')
    expect([...mail.headers.keys()]).not.toContain('bcc')
    expect(mail.headers.get('envelope-to')).toBe('hostmaster@example.net')
    expect(existsSync(join(host.folder, 'harm'))).toBe(false)
    expect(() => notify(place, 'INSTANCE', 'x', 'MASTER\nBcc: y')).toThrow('none of the states')
    await daemon.stop()
  })

  test('later, when the mail system was away: all in one, and the status says so meanwhile', async () => {
    const away = join(host.folder, 'sendmail')
    const channel = `[notify.channels.mail]\ncommand = ["${away}", "-t"]\nretry_min = "1s"\n`
    const place = placeWith(`${NOTIFY}${channel}`)
    const daemon = place.start()
    await daemon.untilVerdict('healthy')
    notify(place, 'INSTANCE', 'recdns0', 'FAULT', '0')
    const { complaints } = await daemon.until((status) => status.complaints.length === 1)
    expect(complaints[0]).toMatch(/^channel mail fails since .* there is no such program$/)
    notify(place, 'INSTANCE', 'recdns0', 'STOP', '0')
    const mail = await nextMail(() => host.sh(`ln -s /usr/sbin/exim4 ${away}`))
    expect(mail.headers.get('subject')).toBe('recdns0 STOP on s1 (2 transitions)')
    expect(mail.headers.get('x-holdfast-repeated')).toBe('no')
    expect(mail.body).toMatch(/To send this message was tried \d+ times/)
    await untilUnspooled(place)
    await daemon.until((status) => status.complaints.length === 0)
    await daemon.stop()
  })

  test('at once by a channel that a reload has mended', async () => {
    const place = placeWith(`${NOTIFY}[notify.channels.mail]\ncommand = ["/nowhere"]\n`)
    const daemon = place.start()
    await daemon.untilVerdict('healthy')
    notify(place, 'INSTANCE', 'recdns0', 'FAULT', '0')
    await daemon.until((status) => status.complaints.length === 1)
    const mail = await nextMail(() => {
      place.writeConfig(configText(place, `${QUICK}${NOTIFY}`))
      daemon.program.signal('SIGHUP')
    })
    expect(mail.headers.get('subject')).toBe('recdns0 FAULT on s1')
    await daemon.stop()
  })

  test('over SMTP with STARTTLS and a password, beside a webhook that is away', async () => {
    const smtp = await mta.listen()
    const channels = `[notify]
from = "holdfast@ns1.example.net"
to = ["hostmaster@example.net"]
settle = "0s"
window = "0s"
[notify.channels.relay]
type = "smtp"
server = "127.0.0.1"
tls_name = "mail.example.net"
ca_file = "${mta.certificate}"
user = "${mta.user}"
password_file = "${mta.passwordFile}"
[notify.channels.chat]
type = "webhook"
url = "http://127.0.0.1:1/"
`
    const place = placeWith(channels)
    const daemon = place.start()
    await daemon.untilVerdict('healthy')
    const mail = await nextMail(() => notify(place, 'INSTANCE', 'recdns0', 'FAULT', '0'))
    expect(mail.headers.get('subject')).toBe('recdns0 FAULT on s1')
    expect(mail.headers.get('received')).toContain('with esmtpsa')
    // The event stays for the webhook's sake, and a restart does not tell it by mail again.
    await daemon.until((status) => status.complaints.length === 1)
    const journal = host.path(join(place.stateDir, 'notify.json'))
    await eventually(
      () => JSON.parse(readFileSync(journal, 'utf8')).channels.relay.done.length === 1,
      () => `the journal says that it was told, not ${readFileSync(journal, 'utf8')}`,
    )
    expect(spooled(place)).toHaveLength(1)
    await daemon.stop()
    const count = mta.mails().length
    const next = place.start()
    await next.until((status) => status.complaints.length === 1)
    await next.stop()
    expect(mta.mails()).toHaveLength(count)
    smtp.signal('SIGTERM')
    await smtp.exited
  })

  test('nobody where no channel is, and logs it all the same', async () => {
    const place = placeWith('')
    const daemon = place.start()
    await daemon.untilVerdict('healthy')
    notify(place, 'GROUP', 'both', 'FAULT', '0')
    await daemon.program.lines.until(/ info {2}keepalived: group both is FAULT$/)
    await untilUnspooled(place)
    await daemon.stop()
  })

  describe('after a crash', () => {
    const script = join(import.meta.dir, 'deliver-and-kill.sh')

    /** A channel that writes down what it is told, and kills the daemon as long as a file is there. */
    function killingPlace() {
      const told = join(host.folder, `told${Math.random()}`)
      const command = JSON.stringify(['/bin/sh', script, told])
      const channel = `[notify.channels.pager]\ntype = "command"\ncommand = ${command}\n`
      const place = placeWith(`${NOTIFY}${channel}`)
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
      await first.untilVerdict('healthy')
      notify(place, 'INSTANCE', 'recdns0', 'FAULT', '0')
      expect(await first.program.exited).toBe('SIGKILL')
      expect(read()).toMatchObject([{ state: 'FAULT', possibly_repeated: false }])
      expect(spooled(place)).toHaveLength(1)

      renameSync(`${told}.kill`, `${told}.mercy`)
      const second = place.start()
      await eventually(
        () => read().length === 2,
        () => `two messages, not ${read().length}`,
      )
      await untilUnspooled(place)
      notify(place, 'INSTANCE', 'recdns0', 'STOP', '0')
      await eventually(
        () => read().length === 3,
        () => `three messages, not ${read().length}`,
      )
      await second.stop()
      const [before, repeated, next] = read()
      expect(repeated).toMatchObject({ id: before?.id, possibly_repeated: true })
      expect(repeated?.subject).toBe('recdns0 FAULT on s1 (possibly repeated)')
      expect(next).toMatchObject({ state: 'STOP', possibly_repeated: false })
    })

    test('before the attempt, as if nothing had been', async () => {
      const { place, read } = killingPlace()
      notify(place, 'INSTANCE', 'recdns0', 'FAULT', '0')
      const daemon = place.start()
      await eventually(
        () => read().length === 1,
        () => `one message, not ${read().length}`,
      )
      await untilUnspooled(place)
      await daemon.stop()
      expect(read()).toMatchObject([{ state: 'FAULT', possibly_repeated: false }])
    })
  })

  test('on a full disk', async () => {
    const place = placeWith(NOTIFY)
    host.sh(`mount -t tmpfs -o size=512k,mode=0755 none ${place.stateDir}`)
    const state = host.path(place.stateDir)
    const daemon = place.start()
    await daemon.untilVerdict('healthy')
    notify(place, 'GROUP', 'first', 'FAULT', '0')
    await untilUnspooled(place)
    await eventually(
      () =>
        existsSync(join(state, 'spool/.reserve-1')) && existsSync(join(state, '.notify-reserve')),
      () => 'there are reserves',
    )
    host.sh(`! head -c 1m /dev/zero 2>/dev/null >${place.stateDir}/ballast`)
    const mail = await nextMail(() => notify(place, 'GROUP', 'second', 'FAULT', '0'))
    expect(mail.headers.get('subject')).toBe('second FAULT on s1')
    await untilUnspooled(place)
    // Without any reserve there is no record of the attempt, and the mail says so.
    const unlucky = await nextMail(() => {
      host.sh(
        `cd ${place.stateDir}; : >notify.json; rm -f .notify-reserve; cat ballast >ballast2 || :`,
      )
      notify(place, 'GROUP', 'third', 'FAULT', '0')
    })
    expect(unlucky.headers.get('subject')).toBe('third FAULT on s1 (possibly repeated)')
    expect(unlucky.body).toContain('It may come again, since it cannot be recorded: cannot write')
    await untilUnspooled(place)
    await daemon.stop()
  })

  test('what comes through the FIFO, in its order, and through the one that replaces it', async () => {
    const place = placeWith(`${NOTIFY.replace('settle = "0s"', 'settle = "1s"')}`)
    const fifo = join(host.folder, 'fifo')
    const folders = ['--state-dir', place.stateDir, '--run-dir', place.runDir]
    const reader = host.start([...HOLDFAST, 'notify', ...folders, '--fifo', fifo])
    await reader.lines.until(/waiting for/)
    const untilSpooled = (count: number) =>
      eventually(
        () => spooled(place).length === count,
        () => `${count} events, not ${spooled(place).length}`,
      )
    const lines = String.raw`INSTANCE "a" MASTER 1\nINSTANCE "a" FAULT 1\nnonsense\nINSTANCE "a" MASTER 1\n`
    host.sh(`mkfifo ${fifo}; printf '${lines}' >${fifo}`)
    await untilSpooled(3)
    host.sh(`rm ${fifo}; mkfifo ${fifo}; echo 'INSTANCE "a" STOP 1' >${fifo}`)
    await untilSpooled(4)
    reader.signal('SIGTERM')
    expect(await reader.exited).toBe(0)
    expect(reader.lines.all.at(-1)).toBe('holdfast notify: not understood: nonsense')
    const daemon = place.start()
    const mail = await nextMail(() => {})
    expect(mail.headers.get('subject')).toBe('a STOP on s1 (4 transitions)')
    const states = [...mail.body.matchAll(/ {2}a {2}(\w+) /g)].map(([, state]) => state)
    expect(states).toEqual(['MASTER', 'FAULT', 'MASTER', 'STOP'])
    await daemon.stop()
  })
})
