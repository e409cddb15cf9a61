// From a real server that dies to the mailbox: the real daemon of a load balancer, named and exim.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { eventually } from '../runtime/lines.ts'
import type { Place, Subject } from '../runtime/subject.ts'
import { createTelling, NOTIFY, type Telling, whyNoTelling } from './telling.ts'

setDefaultTimeout(60_000)
const VIRTUAL = '192.0.2.53/32'
const BALANCER = `
[balancer]
slow_start = "0s"
[balancer.services.dns]
addresses = ["192.0.2.53"]
quorum = 2
[balancer.services.dns.servers.ns1]
addresses = ["192.0.2.11"]
[balancer.services.dns.servers.ns2]
addresses = ["192.0.2.12"]
[balancer.services.dns.servers.ns3]
addresses = ["192.0.2.13"]
`

describe.skipIf(whyNoTelling !== null)('the daemon of a balancer tells', () => {
  let telling: Telling
  beforeAll(async () => {
    telling = await createTelling()
    for (const at of [11, 12, 13]) telling.host.ip(`addr add 192.0.2.${at}/32 dev vrrp0`)
  })
  afterAll(() => telling[Symbol.asyncDispose]())

  const server = (nth: number, words: 'add' | 'del') =>
    telling.host.ip(`addr ${words} 192.0.2.1${nth}/32 dev vrrp0`)

  function untilStates(daemon: Subject, serverStates: string) {
    return daemon.until(
      ({ backends }) =>
        backends?.map(({ state: serverState }) => serverState).join() === serverStates,
    )
  }

  /** A daemon that knows all three as healthy; it holds the virtual address or does not. */
  async function start(place: Place, holding: boolean): Promise<Subject> {
    const daemon = place.start()
    await daemon.untilHealth('healthy')
    await untilStates(daemon, 'healthy,healthy,healthy')
    if (holding) telling.host.ip(`addr add ${VIRTUAL} dev vrrp0`)
    await daemon.until(({ instances }) => instances[0]?.holding === holding)
    return daemon
  }

  async function end(daemon: Subject, holding: boolean): Promise<void> {
    await daemon.stop()
    if (holding) telling.host.ip(`addr del ${VIRTUAL} dev vrrp0`)
  }

  test('of a real server that dies, one more, and their return, but not of its own start', async () => {
    const place = telling.placeWith(`${NOTIFY}${BALANCER}`)
    const daemon = await start(place, true)
    expect(telling.mta.mails()).toEqual([])
    const out = await telling.nextMail(() => server(2, 'del'))
    expect(out.headers.get('subject')).toMatch(
      /^\[holdfast\] s1: dns\.ns2 REMOVED: (udp|tcp)\/192\.0\.2\.12 127\.in-addr\.arpa SOA: \w+/,
    )
    expect(out.headers.get('x-holdfast-state')).toBe('REMOVED')
    expect(out.body).toContain('service dns  192.0.2.53: 2 of 3 real servers in the pool, 2 needed')
    expect(out.body).toMatch(/\n {2}dns\.ns2 {2}failed since \S+, weight 0 of 100/)

    const seen = telling.mta.mails().length
    server(3, 'del')
    const subjects = async (wanted: RegExp) => {
      await eventually(
        () => wanted.test(since(seen)),
        () => `${wanted}, not ${since(seen)}`,
      )
    }
    const since = (count: number) =>
      telling.mta
        .mails()
        .slice(count)
        .map(({ headers }) => headers.get('subject'))
        .join('\n')
    await subjects(/service dns BELOW QUORUM/)
    await subjects(/dns\.ns3 REMOVED/)

    server(2, 'add')
    server(3, 'add')
    await subjects(/service dns QUORUM OK/)
    await subjects(/dns\.ns2( and dns\.ns3)? ADDED/)
    await untilStates(daemon, 'healthy,healthy,healthy')
    await telling.untilUnspooled(place)
    await end(daemon, true)
  })

  test('nobody where it does not hold the virtual address, for the other one does', async () => {
    const place = telling.placeWith(`${NOTIFY}${BALANCER}`)
    const daemon = await start(place, false)
    const count = telling.mta.mails().length
    server(2, 'del')
    await untilStates(daemon, 'healthy,failed,healthy')
    await daemon.program.lines.until(/dns\.ns2: .*failed/)
    server(2, 'add')
    await untilStates(daemon, 'healthy,healthy,healthy')
    // Its own news still goes out, and the message of a new master says how the pool is.
    const master = await telling.nextMail(() =>
      telling.notify(place, 'INSTANCE', 'recdns0', 'MASTER', '250'),
    )
    expect(master.body).toContain('3 of 3 real servers in the pool')
    await end(daemon, false)
    expect(telling.mta.mails()).toHaveLength(count + 1)
  })

  test('after its restart, what it had no time to tell', async () => {
    const slow = NOTIFY.replace('group_wait = "0s"', 'group_wait = "1m"')
    const place = telling.placeWith(`${slow}${BALANCER}`)
    const first = await start(place, true)
    server(2, 'del')
    await eventually(
      () => telling.spooled(place).length === 1,
      () => `one event, not ${telling.spooled(place).length}`,
    )
    await first.stop()
    const count = telling.mta.mails().length
    server(2, 'add')
    place.writeConfig(telling.configOf(place, `${NOTIFY}${BALANCER}`))
    const second = place.start()
    const mail = (await telling.mta.untilMails(count + 1))[count]
    // What is true by then is said, and what happened is told.
    expect(mail?.headers.get('subject')).toBe('[holdfast] s1: dns.ns2 ADDED')
    expect(mail?.body).toMatch(/\n {2}\S+ {2}dns\.ns2 {2}REMOVED /)
    await end(second, true)
  })

  test('nobody where it was told not to', async () => {
    const place = telling.placeWith(`${NOTIFY}backends = false\n${BALANCER}`)
    const daemon = await start(place, true)
    const count = telling.mta.mails().length
    server(2, 'del')
    await untilStates(daemon, 'healthy,failed,healthy')
    server(2, 'add')
    await untilStates(daemon, 'healthy,healthy,healthy')
    await end(daemon, true)
    expect(telling.spooled(place)).toEqual([])
    expect(telling.mta.mails()).toHaveLength(count)
  })
})
