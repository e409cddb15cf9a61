// The pair of balancers with rendered configuration, and what IPVS has on each of them.
import { CONFIG_PATH } from '../lab/holdfast.ts'
import { KEEPALIVED_CONF, keepalivedConf } from '../lab/keepalived.ts'
import type { Node } from '../lab/namespace.ts'
import { type Balancer, VIRTUAL } from './balancers.ts'

const REAL_SERVERS = ['rs1', 'rs2', 'rs3'] as const
export type RealServerName = (typeof REAL_SERVERS)[number]

/** What differs from a pair of balancers by direct routing with all defaults. */
export interface PairOptions {
  /** Lines for the service. */
  readonly service?: string
  /** Lines above all tables of the balancer. */
  readonly extra?: string
}

/** The holdfast.toml of a pair, of which both have the same. */
export function pairToml({ service = '', extra = '' }: PairOptions = {}): string {
  const servers = REAL_SERVERS.map((name, index) => {
    const number = 31 + index
    return `[balancer.services.recdns.servers.${name}]
addresses = ["192.0.2.${number}", "2001:db8::${number}"]
`
  })
  return `[keepalived]
interface = "eth0"

[pools.recdns.instances.recdns0]
addresses = ["${VIRTUAL.v4}/24", "${VIRTUAL.v6}/64"]
virtual_router_id = 53

[servers.lb1]
addresses = ["192.0.2.21", "2001:db8::21"]
[servers.lb2]
addresses = ["192.0.2.22", "2001:db8::22"]
${extra}
[balancer.services.recdns]
addresses = ["${VIRTUAL.v4}", "${VIRTUAL.v6}"]
${service}
${servers.join('')}`
}

/** Writes what render-config makes of a configuration, and the folders of tmpfiles.d. */
export function configure({ node, name }: Balancer, toml: string): void {
  node.write(CONFIG_PATH, `[server]\nname = "${name}"\n${toml}`)
  node.write(KEEPALIVED_CONF, keepalivedConf(name, toml))
  node.write('/etc/holdfast/order/recdns', 'lb1\nlb2\n')
  for (const folder of ['weight', 'priority']) node.write(`/run/holdfast/${folder}/.keep`, '')
}

/** Writes a real server's weight as the daemon would: whole, or not at all. */
export async function publishWeight(node: Node, server: string, text: string): Promise<void> {
  const path = `/run/holdfast/weight/recdns.${server}`
  node.write(`${path}.new`, text)
  await node.run(['mv', `${path}.new`, path])
}

export interface Destination {
  readonly weight: number
  readonly active: number
  readonly inactive: number
}

/** By "UDP 192.0.2.53:53", and then by the real server's address. */
export type IpvsTable = ReadonlyMap<string, ReadonlyMap<string, Destination>>

/** What IPVS has on a balancer. */
export async function ipvsTable(balancer: Balancer): Promise<IpvsTable> {
  const services = new Map<string, Map<string, Destination>>()
  let destinations = new Map<string, Destination>()
  for (const line of (await balancer.table()).split('\n')) {
    const service = /^(UDP|TCP) +(\S+)/.exec(line)
    if (service !== null) {
      destinations = new Map()
      services.set(`${service[1]} ${service[2]}`, destinations)
    }
    const destination = /^ {2}-> \[?([\da-f.:]+?)\]?:\d+ +\w+ +(\d+) +(\d+) +(\d+)/.exec(line)
    const [, address = '', weight, active, inactive] = destination ?? []
    if (destination === null) continue
    const counts = { active: Number(active), inactive: Number(inactive) }
    destinations.set(address, { weight: Number(weight), ...counts })
  }
  return services
}

/** The weights of the real servers in each of the four halves, in their order; -1 for none. */
export async function weights(balancer: Balancer): Promise<Readonly<Record<string, string>>> {
  const table = await ipvsTable(balancer)
  return Object.fromEntries(
    [...table].map(([half, destinations]) => [
      half,
      [...destinations].map(([address, { weight }]) => `${address}=${weight}`).join(' '),
    ]),
  )
}
