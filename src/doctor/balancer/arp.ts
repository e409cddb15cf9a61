// Whether a real server answers ARP for a virtual address, past the balancer.
import { balancerCheck } from '../categories.ts'
import { isSkip, ok, type Skip, skip, trouble } from '../doctor-check.ts'
import {
  isLoopback,
  isUp,
  type Link,
  linkNamed,
  linksFact,
  type Neighbour,
  neighboursIn,
} from '../facts/ip-command.ts'
import { addressesOf, vrrpFact } from '../facts/loaded-config.ts'
import type { Host } from '../host.ts'
import { virtualV4 } from './mark-rules.ts'

const LISTEN_S = 2
/** For arping, which ends itself after the time that it listens. */
const LIMIT_MS = 8000
const MAX_ADDRESSES = 16

export const SILENT = balancerCheck({
  code: 'H615',
  title: 'No real server answers ARP for a virtual address',
  severity: 'fail',
  takesSeconds: true,
  async judge({ balancer: { services } }, host) {
    const direct = services.filter((service) => service.lvsMethod !== 'nat')
    const virtual = virtualV4(direct)
    if (virtual.size === 0)
      return skip('no service with an IPv4 address uses direct routing or tunnels')
    if (host.inspect.uid !== 0) return skip('needs root to run arping')
    const places = await placesOf(host, virtual)
    if (isSkip(places)) return places
    const all = await Promise.all(
      places.slice(0, MAX_ADDRESSES).map((place) => askFor(host, place)),
    )
    const failed = all.find(isSkip)
    if (failed !== undefined) return failed
    const answers = all.flatMap((its) => (isSkip(its) ? [] : its))
    const servers = direct.flatMap((service) => service.servers)
    const own = new Map(
      servers.flatMap(({ name, addresses }) => addresses.map(({ address }) => [address, name])),
    )
    const loud = answers.flatMap(({ neighbours, ...answer }) => {
      const neighbour = neighbours.find((one) => one.mac === answer.mac && own.has(one.address))
      if (neighbour === undefined) return []
      return [{ ...answer, at: neighbour.address, server: own.get(neighbour.address) }]
    })
    if (loud.length === 0) return ok(`asked for ${places.map((place) => place.address).join(', ')}`)
    const names = [...new Set(loud.map(({ server }) => server))].join(', ')
    const addresses = [...new Set(loud.map(({ address }) => address))].join(', ')
    return trouble(
      `${names} answers ARP for ${addresses}`,
      loud.map(({ address, mac, link, at, server }) => {
        return `${address} is at ${mac} on ${link}: ${server}, ${at}`
      }),
      [
        `# On ${names}:`,
        '#   sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2',
        '#   holdfast render-config sysctl --output /etc/sysctl.d/90-holdfast.conf',
        '# Then on the router and on clients: ip neighbour flush to ADDRESS',
      ],
    )
  },
})

interface Place {
  readonly address: string
  readonly link: Link
  /** An IPv4 address of this host's own there. */
  readonly source: string
}

/** Where each virtual address is asked for; those whose interface is not here are left out. */
async function placesOf(
  host: Host,
  virtual: ReadonlySet<string>,
): Promise<readonly Place[] | Skip> {
  const [vrrp, links] = await Promise.all([vrrpFact(host), linksFact(host)])
  if (isSkip(vrrp)) return vrrp
  if (isSkip(links)) return links
  const service = addressesOf(vrrp)
  const places = vrrp.instances.flatMap((instance) => {
    const link = linkNamed(links, instance.interface)
    const source = link?.addresses.find(
      ({ address, family, scope }) => family === 4 && scope === 'global' && !service.has(address),
    )
    if (link === undefined || source === undefined || isLoopback(link) || !isUp(link)) return []
    return instance.addresses
      .filter(({ address }) => virtual.has(address))
      .map(({ address }) => ({ address, link, source: source.address }))
  })
  return places.length > 0
    ? places
    : skip('because of H509, H510: no interface of a virtual address is up')
}

interface Answer {
  readonly address: string
  readonly mac: string
  readonly link: string
  readonly neighbours: readonly Neighbour[]
}

async function askFor(
  { inspect }: Host,
  { address, link, source }: Place,
): Promise<readonly Answer[] | Skip> {
  const run = await inspect.run(
    'arping',
    ['-b', '-w', String(LISTEN_S), '-I', link.name, '-s', source, address],
    { limitMs: LIMIT_MS },
  )
  if (!run.ok)
    return skip(
      run.why === 'missing' ? 'arping is not installed: apt-get install iputils-arping' : run.error,
    )
  const { stdout, stderr } = run.value
  if (!/^ARPING /m.test(stdout))
    return skip(`arping prints ${stderr.trim().split('\n', 1)[0] || 'no result'}`)
  // After the question: what was asked of real servers keeps their entries.
  const neighbours = await neighboursIn(inspect, ['dev', link.name])
  const macs = new Set(parseReplies(stdout))
  return [...macs].map((mac) => ({ address, mac, link: link.name, neighbours }))
}

/** "Unicast reply from 192.0.2.53 [52:54:00:12:34:56]  0.7ms", as iputils writes it. */
export function parseReplies(text: string): readonly string[] {
  return [...text.matchAll(/ reply from \S+ \[([0-9A-Fa-f:]{17})\]/g)].map(([, mac]) =>
    (mac ?? '').toLowerCase(),
  )
}
