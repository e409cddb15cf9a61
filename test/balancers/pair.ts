// The pair of balancers with rendered configuration, and what IPVS has on each of them.

import { type IpvsService, parseIpvs } from '../../src/balancer/ipvs-table.ts'
import type { StatusDocument } from '../../src/documents/status-document.ts'
import { renderNft } from '../../src/host/nft.ts'
import { renderSysctl } from '../../src/host/sysctl.ts'
import { outFileOf } from '../../src/keepalived/virtual-servers.ts'
import { configOf } from '../config/parsing.ts'
import type { RunningClient } from '../lab/client.ts'
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
  /** Tables above those of the balancer's services. */
  readonly extra?: string
  /** Lines for [keepalived]. */
  readonly keepalived?: string
}

/** Two daemons, two keepalived and three named share one processor. */
export const SLOW_PROCESSOR = {
  keepalived: 'advert_interval = "1s"\nscript_interval = "2s"\nreport_transitions = false',
  extra: `[timing]
check_interval = "2s"
slow_threshold_min = "500ms"
[flap]
rise = 1
failback_delay = "0s"
backoff_max = "2s"
[checks.local]
timeout = "2s"
probes = ["whoami.lab TXT"]
`,
} as const satisfies PairOptions

/** The holdfast.toml of a pair, of which both have the same. */
export function pairToml(options: PairOptions = {}): string {
  const { service = '', extra = '', keepalived = '' } = options
  const servers = REAL_SERVERS.map((name, index) => {
    const number = 31 + index
    return `[balancer.services.recdns.servers.${name}]
addresses = ["192.0.2.${number}", "2001:db8::${number}"]
`
  })
  return `[keepalived]
interface = "eth0"
${keepalived}

[clusters.recdns.instances.recdns0]
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

/** What else render-config makes of it for the kernel, put in force. */
export async function tellKernel({ node, name }: Balancer, toml: string): Promise<void> {
  const config = configOf(toml, name)
  node.write(SYSCTL_CONF, renderSysctl(config, ['eth0']))
  await node.run(['sysctl', '-q', '-p', SYSCTL_CONF])
  node.write(NFT_CONF, renderNft(config))
  await node.run(['nft', '--file', NFT_CONF])
}

const SYSCTL_CONF = '/etc/sysctl.d/90-holdfast.conf'
const NFT_CONF = '/etc/holdfast/balancer.nft'

/** Writes a real server's file of weights as the daemon would: whole, or not at all. */
export async function publishWeight(node: Node, server: string, text: string): Promise<void> {
  await rename(node, `recdns.${server}`, text)
}

/** Takes a real server out of the table as the daemon would, or lets its weight count. */
export async function publishOut(node: Node, server: string, isOut: boolean): Promise<void> {
  await rename(node, outFileOf(`recdns.${server}`), isOut ? '1\n' : '0\n')
}

async function rename(node: Node, name: string, text: string): Promise<void> {
  const path = `/run/holdfast/weight/${name}`
  node.write(`${path}.new`, text)
  await node.run(['mv', `${path}.new`, path])
}

/** The real servers of each half, such as "UDP 192.0.2.53", with their weights; in order. */
export type Halves = Readonly<Record<string, string>>

/** IPVS's table on a balancer: the kernel shows that of the network which the process in the path is in. */
export function ipvsOn({ node }: Balancer): readonly IpvsService[] {
  return parseIpvs(node.read('/proc/1/net/ip_vs'))
}

/** What IPVS has on a balancer. */
export function halvesOn(balancer: Balancer): Halves {
  const all = ipvsOn(balancer)
  // Those by mark are for the daemon's questions.
  const services = all.filter(({ protocol }) => protocol !== 'FWM')
  const entries = services.map(({ protocol, address, destinations }) => {
    const shown = destinations
      .map((destination) => `${destination.address}=${destination.weight}`)
      .toSorted()
    return [`${protocol} ${address}`, shown.join(' ')]
  })
  return Object.fromEntries(entries)
}

/** The four halves with these weights, of rs1 and so on; null for a real server that is not there. */
export function halvesWith(...weights: readonly (number | null)[]): Halves {
  const list = (prefix: string) =>
    weights
      .flatMap((weight, index) => (weight === null ? [] : [`${prefix}${31 + index}=${weight}`]))
      .join(' ')
  return Object.fromEntries(
    (['UDP', 'TCP'] as const).flatMap((protocol) => [
      [`${protocol} ${VIRTUAL.v4}`, list('192.0.2.')],
      [`${protocol} ${VIRTUAL.v6}`, list('2001:db8::')],
    ]),
  )
}

/** Waits until IPVS has what is wanted, and returns how long that took. */
export function untilHalves(balancer: Balancer, wanted: Halves): Promise<number> {
  return untilSame(balancer, () => halvesOn(balancer), wanted)
}

/**
 * Waits until the daemon says of rs1 and so on what the table has: null of who has failed, 1 of the
 * last resort, 0 of who is drained, and otherwise of who is healthy.
 */
export async function untilAllHealth(
  balancer: Balancer,
  ...weights: readonly (number | null)[]
): Promise<void> {
  const wanted = weights.map((weight) => {
    if (weight === null) return 'failed 0'
    return `${{ 0: 'drained', 1: 'failed' }[weight] ?? 'healthy'} ${weight}`
  })
  const said = () => {
    const { backends = [] } = JSON.parse(balancer.node.read(STATUS)) as StatusDocument
    return backends.map(({ state: serverState, weight }) => `${serverState} ${weight}`)
  }
  await untilSame(balancer, said, wanted)
}

/** Waits until each stream of a client has been answered more often than now. */
export async function allStreamsServed(client: RunningClient): Promise<void> {
  const before = (await client.interim()).streams
  for (const deadlineMs = performance.now() + CEILING_MS; performance.now() < deadlineMs; ) {
    const now = (await client.interim()).streams
    if (now.every((entry, index) => entry.answered > (before[index]?.answered ?? 0) + 1)) return
    await Bun.sleep(2 * POLL_MS)
  }
  throw new Error('a stream is not served')
}

const STATUS = '/run/holdfast/status.json'
const POLL_MS = 50
const CEILING_MS = 90_000

async function untilSame<Value>(
  { name }: Balancer,
  look: () => Value,
  wanted: Value,
): Promise<number> {
  const beginMs = performance.now()
  for (;;) {
    const seen = look()
    if (Bun.deepEquals(seen, wanted)) return performance.now() - beginMs
    if (performance.now() - beginMs > CEILING_MS)
      throw new Error(`${name} has ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`)
    await Bun.sleep(POLL_MS)
  }
}
