// The lab itself: addresses follow the priorities, the client counts right, the traps are real.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { lostOver } from './client-report.ts'
import { whyNoLab } from './environment.ts'
import { createLab, type Lab } from './lab.ts'

// A wait inside of a test fails with what it saw; this is for a test that hangs otherwise.
setDefaultTimeout(120_000)

const obstacle = whyNoLab()

/** By RFC 9568 a backup waits the longer the lower its priority: s3 is 86 ms behind s2, not 20. */
const PRIORITIES = [250, 240, 20]

async function raise(onLoopback: boolean): Promise<Lab> {
  const lab = await createLab({ holdfast: 'stand-in', onLoopback: onLoopback })
  await lab.start()
  for (const [index, server] of lab.servers.entries())
    server.publish('recdns0', PRIORITIES[index] ?? 0)
  await lab.observer.waitFor(lab.addresses, ['s1'])
  await Promise.all(lab.addresses.map((address) => served(lab, address)))
  return lab
}

/** named opens its sockets a moment after an address has come: under load it is a long one. */
async function served(lab: Lab, address: string): Promise<void> {
  await lab.server('s1').named.log.waitFor(new RegExp(`listening on .*, ${address}#53$`))
  await lab.client.node.run(['dig', '+tcp', '+short', `@${address}`, 'whoami.lab', 'TXT'])
}

describe.skipIf(obstacle !== null)('a lab with a stand-in for the daemon', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await raise(false)
  })
  afterAll(() => lab.destroy())

  test('the client loses nothing at rest at 400 queries a second', async () => {
    const client = await lab.client.start({ ratePerS: 400 })
    await Bun.sleep(3000)
    const report = await client.stop()
    expect(report.sent).toBeGreaterThan(1000)
    expect(report.outages).toEqual([])
    expect(report.byServer).toEqual({ s1: report.sent })
    expect(report.streams.map((stream) => `${stream.transport} ${stream.family}`).sort()).toEqual([
      'tcp v4',
      'tcp v6',
      'udp v4',
      'udp v6',
    ])
  })

  test('an address follows the priorities, and the observer sees it move', async () => {
    const fromMs = Date.now()
    lab.server('s1').publish('recdns0', 10)
    await lab.observer.waitFor(lab.addresses, ['s2'])
    lab.server('s1').publish('recdns0', 250)
    await lab.observer.waitFor(lab.addresses, ['s1'])
    expect(lab.observer.measure('192.0.2.53', fromMs, Date.now()).moves).toBe(2)
  })

  test('FAULT leaves a server without the address, whatever the others are worth', async () => {
    for (const server of lab.servers) server.publish('recdns0', 0)
    await lab.observer.waitFor(lab.addresses, [])
    for (const [index, server] of lab.servers.entries())
      server.publish('recdns0', PRIORITIES[index] ?? 0)
    await lab.observer.waitFor(lab.addresses, ['s1'])
  })

  test('a failing check takes the address away, whatever the priority file says', async () => {
    lab.server('s1').node.remove('/run/holdfast/alive')
    await lab.observer.waitFor(lab.addresses, ['s2'])
    lab.server('s1').node.write('/run/holdfast/alive', '')
    await lab.observer.waitFor(lab.addresses, ['s1'])
  })

  test('an address that arrives on a taken TCP port is served over UDP alone', async () => {
    const s2 = lab.server('s2')
    const squatters = await Promise.all(lab.addresses.map((address) => s2.stealTcpPort(address)))
    const from = s2.named.log.lines.length
    lab.server('s1').publish('recdns0', 10)
    await lab.observer.waitFor(lab.addresses, ['s2'])
    // One line an address: named gets to the second one only after the first.
    const times = squatters.length
    await s2.named.log.waitFor(/creating TCP socket: address in use/, { from, times })
    for (const squatter of squatters) await squatter.release()

    const client = await lab.client.start({ ratePerS: 100 })
    await Bun.sleep(1000)
    const report = await client.stop()
    for (const stream of report.streams) {
      expect(stream.lost).toBe(stream.transport === 'tcp' ? stream.sent : 0)
    }
    expect(report.unservedAtEnd).toBe(2)
    lab.server('s1').publish('recdns0', 250)
    await lab.observer.waitFor(lab.addresses, ['s1'])
  })

  test('a partition makes two holders, and healing it leaves one', async () => {
    await lab.network.partition([
      ['s1', 'client', 'upstream'],
      ['s2', 's3'],
    ])
    await lab.observer.waitFor(lab.addresses, ['s1', 's2'])
    await lab.network.heal()
    await lab.observer.waitFor(lab.addresses, ['s1'])
  })

  test('firewall rules keep keepalived from hearing the master', async () => {
    await lab
      .server('s2')
      .firewall('chain input { type filter hook input priority 0; ip protocol vrrp drop; }')
    await lab.observer.waitFor(lab.addresses, ['s1', 's2'])
    await lab.server('s2').clearFirewall()
    await lab.observer.waitFor(lab.addresses, ['s1'])
  })

  test('a server that was powered off comes back with its disk and without its /run', async () => {
    const s1 = lab.server('s1')
    s1.node.write('/var/lib/holdfast/kept', 'kept')
    await s1.powerOff()
    await lab.observer.waitFor(lab.addresses, ['s2'])
    await s1.boot()
    expect(s1.node.read('/var/lib/holdfast/kept')).toBe('kept')
    expect(s1.priority('recdns0')).toBeNull()
    await s1.start()
    s1.publish('recdns0', 250)
    await lab.observer.waitFor(lab.addresses, ['s1'])
  })

  test('a hostile resolver answers, and nothing that it says counts as an answer', async () => {
    const hostile = await lab.server('s1').startHostile('each')
    const client = await lab.client.start({ ratePerS: 200, timeoutMs: 300 })
    await Bun.sleep(500)
    const report = await client.stop()
    expect(report.sent).toBeGreaterThan(0)
    expect(report.answered).toBe(0)
    await hostile.kill()
    await lab.server('s1').named.start()
  })
})

describe.skipIf(obstacle !== null)('a lab with loopback service addresses', () => {
  test('every server answers for them before it holds them, and moving one loses no datagram', async () => {
    const lab = await raise(true)
    try {
      for (const server of lab.servers) {
        const asked = await server.node.run(['dig', '+short', '@192.0.2.53', 'whoami.lab', 'TXT'])
        expect(asked.trim()).toBe(`"${server.name}"`)
      }
      const answersOfS2 = Promise.withResolvers<void>()
      const client = await lab.client.start({
        onLive: ({ byServer }) => 's2' in byServer && answersOfS2.resolve(),
      })
      await Bun.sleep(500)
      lab.server('s1').publish('recdns0', 10)
      await lab.observer.waitFor(lab.addresses, ['s2'])
      await answersOfS2.promise
      const report = await client.stop()
      // A TCP connection that is open while the address moves is cut; a datagram has no such state.
      expect(lostOver('udp', report)).toBe(0)
      expect(lostOver('tcp', report)).toBeLessThan(10)
      expect(report.lostBy.refused ?? 0).toBe(0)
      expect(report.unservedAtEnd).toBe(0)
      expect(Object.keys(report.byServer).sort()).toEqual(['s1', 's2'])
    } finally {
      await lab.destroy()
    }
  })
})

describe.skipIf(obstacle !== null)('two labs at once', () => {
  test('have the same addresses and never meet', async () => {
    const labs = await Promise.all([raise(false), raise(false)])
    try {
      labs[0].server('s1').publish('recdns0', 0)
      await labs[0].observer.waitFor(labs[0].addresses, ['s2'])
      expect(labs[1].observer.holders('192.0.2.53')).toEqual(['s1'])
      expect(labs[1].server('s1').priority('recdns0')).toBe(250)
    } finally {
      await Promise.all(labs.map((lab) => lab.destroy()))
    }
  })
})
