// Operators who drain several servers at the same moment: one of them must stay, and only one.
import { expect } from 'bun:test'
import { TWO_INSTANCES } from '../layout.ts'
import { begin, lostText, maintenance, modeOf, serversToml } from '../maintenance.ts'

const ROUNDS = 3

const CASES = [
  { name: 'two drains at once, two servers', servers: ['s1', 's2'], clusters: undefined },
  { name: 'two drains at once, two instances', servers: ['s1', 's2'], clusters: TWO_INSTANCES },
  { name: 'three drains at once', servers: ['s1', 's2', 's3'], clusters: undefined },
]

for (const { name, servers, clusters } of CASES) {
  const options = { onLoopback: true, servers, extraToml: serversToml(servers) }
  maintenance(name, clusters === undefined ? options : { ...options, clusters }, async (lab) => {
    const client = await lab.client.start()
    for (let round = 0; round < ROUNDS; round++) {
      const drains = await Promise.all(
        lab.servers.map((server) => begin(server, 'drain', '--timeout', '8s')),
      )
      const exits = await Promise.all(drains.map((process) => process.exited))
      const codes = exits.map((exit) => exit.code)
      console.log(`round ${round + 1}: exit codes ${codes.join(' ')}`)
      for (const drain of drains) console.log(drain.log.tail(12))
      expect(codes.filter((code) => code !== 0)).toEqual([1])
      const staying = lab.servers.filter((server) => modeOf(server) === null)
      expect(staying).toHaveLength(1)
      await lab.observer.waitFor(lab.addresses, [staying[0]?.name ?? ''])
      for (const server of lab.servers) await server.node.run(['holdfast', 'undrain'])
      await lab.settled()
    }
    const report = await client.stop()
    console.log(`${name}: ${lostText(report)}`)
    expect(report.unservedAtEnd).toBe(0)
  })
}
