// Raises three servers, kills named on the holder once, and takes down when what happened.
import { statSync } from 'node:fs'
import { createLab, type Lab } from '../../test/lab/lab.ts'
import type { Node } from '../../test/lab/namespace.ts'
import type { LabProcess } from '../../test/lab/process.ts'
import type { LabServer } from '../../test/lab/server.ts'
import { type Failover, stepsOf } from './failover.ts'

const SERVERS = ['ns1', 'ns2', 'ns3']
const SERVICE = '192.0.2.53'
/** A query each 5 ms: so exactly the first answer is known. */
const RATE_PER_S = 200
const REST_MS = 3000
const PROBES = '(icmp or icmp6 or (tcp src port 53 and tcp[tcpflags] & tcp-rst != 0))'
const WIRE = '(proto 112 or arp or (udp and src port 53))'

export async function recordFailover(): Promise<Failover> {
  const lab = await createLab({ servers: SERVERS, onLoopback: true })
  try {
    await lab.start()
    return await play(lab)
  } catch (error) {
    console.error(lab.story(20))
    throw error
  } finally {
    await lab.destroy()
  }
}

async function play(lab: Lab): Promise<Failover> {
  const ns1 = lab.server('ns1')
  const ns2 = lab.server('ns2')
  const loopback = await capture(ns1.node, 'lo', PROBES)
  const network = await capture(lab.client.node, 'eth0', WIRE)
  const client = await lab.client.start({
    ...{ ratePerS: RATE_PER_S, transports: ['udp'], families: ['v4'] },
  })
  await Bun.sleep(REST_MS)
  const killedMs = Date.now()
  await ns1.named.kill()
  await lab.observer.waitFor(lab.addresses, ['ns2'])
  const writtenMs = statSync(ns1.node.path('/run/holdfast/priority/recdns0')).mtimeMs
  await client.stop()
  const linesOf = async (process: LabProcess) => {
    process.signal('SIGINT')
    await process.exited
    return process.log.lines.map(({ text }) => text)
  }
  const steps = stepsOf({
    ...{ killedMs, writtenMs, failing: ns1.v4, next: ns2.v4, service: SERVICE },
    loopback: await linesOf(loopback),
    network: await linesOf(network),
  })
  const recorded = new Date(killedMs).toISOString().slice(0, 10)
  return { recorded, versions: await versionsOf(ns1), steps }
}

async function capture(node: Node, device: string, filter: string): Promise<LabProcess> {
  const command = ['tcpdump', '-tt', '-n', '-l', '--immediate-mode', '-i', device, filter]
  const tcpdump = await node.spawn('tcpdump', command)
  await tcpdump.log.waitFor(/listening on/)
  return tcpdump
}

async function versionsOf({ node }: LabServer): Promise<string> {
  const first = (text: string) => text.split('\n')[0] ?? ''
  const holdfast = first(await node.run(['holdfast', '--version']))
    .split(' ')
    .slice(0, 2)
  const named = first(await node.run(['named', '-v']))
    .split(/[ -]/)
    .slice(0, 2)
  const { stderr, stdout } = await node.exec(['keepalived', '--version'])
  const keepalived = /Keepalived v(\S+)/i.exec(`${stdout}${stderr}`)?.[1] ?? ''
  return `${holdfast.join(' ')}, ${named.join(' ')}, keepalived ${keepalived}, three servers in namespaces on one machine`
}
