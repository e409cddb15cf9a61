// From keepalived's transition to the mailbox: the real daemon, named, exim and keepalived on one host.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../runtime/lines.ts'
import type { Subject } from '../runtime/subject.ts'
import { createTelling, HOLDFAST, NOTIFY, type Telling, whyNoTelling } from './telling.ts'

setDefaultTimeout(60_000)
const ADDRESS = '192.0.2.53/32'

describe.skipIf(whyNoTelling !== null)('the daemon tells', () => {
  let telling: Telling
  beforeAll(async () => {
    telling = await createTelling()
  })
  afterAll(() => telling[Symbol.asyncDispose]())

  async function hold(daemon: Subject, holding: boolean): Promise<void> {
    telling.host.ip(`addr ${holding ? 'add' : 'del'} ${ADDRESS} dev vrrp0`)
    await daemon.until(({ instances }) => instances[0]?.holding === holding)
  }

  test('a night with named killed on the holder, by mail', async () => {
    const place = telling.placeWith(NOTIFY)
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    await hold(daemon, true)
    const master = await telling.nextMail(() =>
      telling.notify(place, 'INSTANCE', 'recdns0', 'MASTER', '250'),
    )
    expect(master.headers.get('subject')).toBe('[holdfast] s1 now serves recdns0')
    expect(master.headers.get('to')).toBe('hostmaster@example.net')
    expect(master.body).toContain('recdns0  192.0.2.53: on this server, s1\n')

    telling.named.signal('SIGKILL')
    await daemon.untilHealth('failed')
    await hold(daemon, false)
    const dead = await telling.nextMail(() =>
      telling.notify(place, 'INSTANCE', 'recdns0', 'BACKUP', '10'),
    )
    expect(dead.headers.get('subject')).toBe('[holdfast] s1: DNS failed, recdns0 released')
    expect(dead.body).toStartWith(
      's1 released recdns0 (192.0.2.53) because its DNS checks failed.\n',
    )
    // A question that was under way when it was killed has no answer; those after it are refused.
    expect(dead.body).toMatch(
      /\nWhy\n(?: {2}.*\n)*? {2}(udp|tcp)\/\S+ 127\.in-addr\.arpa SOA: conn-refused/,
    )
    expect(dead.body).toContain('recdns0  192.0.2.53: not here')
    expect(dead.body).toContain('dig @127.0.0.1 127.in-addr.arpa SOA +tries=1')
    expect(dead.body).toMatch(/\nReported before\n {2}\S+ {2}recdns0 {2}MASTER\n/)

    await telling.host.startNamed()
    await daemon.untilHealth('healthy')
    const count = telling.mta.mails().length
    telling.notify(place, 'INSTANCE', 'recdns0', 'BACKUP', '200')
    await telling.untilUnspooled(place)
    await daemon.stop()
    expect(telling.mta.mails()).toHaveLength(count)
    const said = daemon.program.lines.all.filter((line) => line.includes('keepalived: '))
    expect(said.map((line) => line.split('keepalived: ')[1])).toEqual([
      'instance recdns0 is MASTER (priority 250)',
      'instance recdns0 is BACKUP (priority 10)',
      'instance recdns0 is BACKUP (priority 200)',
    ])
  })

  test('what keepalived itself reports', async () => {
    // It speaks before it changes the interface, so that telling at once would contradict itself.
    const place = telling.placeWith(NOTIFY.replace('group_wait = "0s"', 'group_wait = "1s"'))
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    const folders = `--state-dir ${place.stateDir} --run-dir ${place.runDir}`
    const conf = join(telling.host.folder, 'keepalived.conf')
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
    const before = telling.mta.mails().length
    const pids = ['-p', '-r', '-c'].map((flag) => `${flag} ${conf}${flag}.pid`).join(' ')
    const keepalived = telling.host.start(['sh', '-c', `exec keepalived -n -l -f ${conf} ${pids}`])
    // keepalived waits for no script, so that a busy host may have more to tell than one transition.
    const told = async (subject: RegExp) => {
      for (let count = before + 1; ; count++) {
        const mail = (await telling.mta.untilMails(count))[count - 1]
        if (subject.test(mail?.headers.get('subject') ?? '')) return mail
      }
    }
    const master = await told(/^\[holdfast\] s1 now serves recdns0( \(\d transitions\))?$/)
    expect(master?.body).toContain('priority 100')
    keepalived.signal('SIGTERM')
    await keepalived.exited
    // keepalived may end before its last script has; then the daemon tells what it sees itself.
    await told(
      /^\[holdfast\] s1(: keepalived stopped, recdns0 released| no longer serves recdns0)( \(\d transitions\))?$/,
    )
    await daemon.stop()
  })

  test('planned work as such', async () => {
    const place = telling.placeWith(NOTIFY)
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    const override = { format: 1, mode: 'drained', by: 'jo', reason: 'new kernel' }
    place.writeOverride(JSON.stringify({ ...override, since: '2026-11-21T10:00:00Z', until: null }))
    await daemon.until(({ instances }) => instances[0]?.state === 'drained')
    const mail = await telling.nextMail(() =>
      telling.notify(place, 'INSTANCE', 'recdns0', 'BACKUP', '30'),
    )
    expect(mail.headers.get('subject')).toBe('[holdfast] s1: drained, recdns0 released (planned)')
    expect(mail.headers.get('x-holdfast-planned')).toBe('yes')
    expect(mail.body).toContain('s1 was drained by jo: new kernel')
    await daemon.stop()
  })

  test('names and states that mean harm, as harmless ones', async () => {
    const place = telling.placeWith(NOTIFY)
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    const name = `x\nBcc: thief@example.net\n\n$(touch ${telling.host.folder}/harm)\`reboot\`/../../..`
    const mail = await telling.nextMail(() =>
      telling.notify(place, 'INSTANCE', name, 'FAULT', '1;reboot'),
    )
    expect(mail.headers.get('subject')).toStartWith('[holdfast] s1: FAULT on x?Bcc??thief')
    expect([...mail.headers.keys()]).not.toContain('bcc')
    expect(mail.headers.get('envelope-to')).toBe('hostmaster@example.net')
    expect(existsSync(join(telling.host.folder, 'harm'))).toBe(false)
    expect(() => telling.notify(place, 'INSTANCE', 'x', 'MASTER\nBcc: y')).toThrow('unknown state')
    await daemon.stop()
  })

  test('nobody where no channel is, and logs it all the same', async () => {
    const place = telling.placeWith('')
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    telling.notify(place, 'GROUP', 'both', 'FAULT', '0')
    await daemon.program.lines.until(/ info {2}keepalived: group both is FAULT$/)
    await telling.untilUnspooled(place)
    await daemon.stop()
  })

  test('what comes through the FIFO, in its order, and through the one that replaces it', async () => {
    const place = telling.placeWith(`${NOTIFY.replace('group_wait = "0s"', 'group_wait = "1s"')}`)
    const fifo = join(telling.host.folder, 'fifo')
    const folders = ['--state-dir', place.stateDir, '--run-dir', place.runDir]
    const reader = telling.host.start([...HOLDFAST, 'notify', ...folders, '--fifo', fifo])
    await reader.lines.until(/waiting for/)
    const untilSpooled = (count: number) =>
      eventually(
        () => telling.spooled(place).length === count,
        () => `${count} events, not ${telling.spooled(place).length}`,
      )
    const lines = String.raw`INSTANCE "a" MASTER 1\nINSTANCE "a" FAULT 1\nnonsense\nINSTANCE "a" MASTER 1\n`
    telling.host.sh(`mkfifo ${fifo}; printf '${lines}' >${fifo}`)
    await untilSpooled(3)
    telling.host.sh(`rm ${fifo}; mkfifo ${fifo}; echo 'INSTANCE "a" STOP 1' >${fifo}`)
    await untilSpooled(4)
    reader.signal('SIGTERM')
    expect(await reader.exited).toBe(0)
    await reader.lines.until(/^holdfast notify: not understood: nonsense$/)
    const daemon = place.start()
    const mail = await telling.nextMail(() => {})
    expect(mail.headers.get('subject')).toBe(
      '[holdfast] s1: keepalived stopped, a released (4 transitions)',
    )
    const states = [...mail.body.matchAll(/ {2}a {2}(\w+) /g)].map(([, state]) => state)
    expect(states).toEqual(['MASTER', 'FAULT', 'MASTER', 'STOP'])
    await daemon.stop()
  })
})
