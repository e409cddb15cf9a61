// Work on the network of a server that is isolated, merely drained, or just idle: the live one must not notice.
import { expect } from 'bun:test'
import type { Lab } from '../lab.ts'
import { expectExit, lostText, maintenance, serversToml } from '../maintenance.ts'

const FLAPS = 5
const EACH_MS = 700
/** A server that is cut off for that long takes the addresses. */
const OPTIONS = { onLoopback: true, extraToml: serversToml(['s1', 's2', 's3'], '100ms') }

type Cut = 'link' | 'partition'

async function flap(lab: Lab, name: string, cut: Cut): Promise<void> {
  const others = ['upstream', 'client', ...lab.servers.map((labServer) => labServer.name)]
  const server = lab.server(name)
  for (let time = 0; time < FLAPS; time++) {
    if (cut === 'link') await server.linkDown()
    else await lab.network.partition([others.filter((other) => other !== name), [name]])
    await Bun.sleep(EACH_MS)
    if (cut === 'link') await server.linkUp()
    else await lab.network.heal()
    await Bun.sleep(EACH_MS)
  }
}

/** Flaps the network of `victim` while `live` serves; returns what the victim held meanwhile. */
async function measure(lab: Lab, what: string, victim: string, live: string, cut: Cut) {
  await lab.observer.waitFor(lab.addresses, [live])
  const client = await lab.client.start()
  await Bun.sleep(500)
  const from = lab.observer.changes.length
  const fromMs = Date.now()
  await flap(lab, victim, cut)
  await Bun.sleep(1000)
  const report = await client.stop()
  const changes = lab.observer.changes.slice(from)
  const { twoMs } = lab.observer.measure(lab.addresses[0] ?? '', fromMs, Date.now())
  const taken = changes.filter((change) => change.server === victim && change.holds).length
  const left = changes.filter((change) => change.server === live && !change.holds).length
  console.log(
    `${what}, ${cut} cut ${FLAPS} times: it took an address ${taken} times (two holders for ` +
      `${twoMs.toFixed(0)} ms), the live server lost one ${left} times; ${lostText(report)}`,
  )
  expect(report.unservedAtEnd).toBe(0)
  return { taken, left }
}

for (const cut of ['link', 'partition'] as const) {
  maintenance(`isolated server, ${cut} flaps`, OPTIONS, async (lab) => {
    await expectExit(0, lab.server('s1'), 'drain', '--isolate', '--reason', 'switch upgrade')
    const { taken, left } = await measure(lab, 'isolated', 's1', 's2', cut)
    expect({ taken, left }).toEqual({ taken: 0, left: 0 })
    await expectExit(0, lab.server('s1'), 'undrain')
    await lab.settled()
  })

  maintenance(`drained server, ${cut} flaps`, OPTIONS, async (lab) => {
    await expectExit(0, lab.server('s1'), 'drain')
    const { left } = await measure(lab, 'drained', 's1', 's2', cut)
    expect(left).toBe(0)
  })

  maintenance(`idle backup, ${cut} flaps`, OPTIONS, async (lab) => {
    const { left } = await measure(lab, 'idle backup', 's2', 's1', cut)
    expect(left).toBe(0)
  })
}
