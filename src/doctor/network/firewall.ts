// Whether the firewall lets adverts and queries through, as far as its rules say so for sure.
import { type Check, type Finding, ok, skip, trouble } from '../check.ts'
import { firewallFact, wordsOf } from '../facts/firewall.ts'
import { judge, type Packet } from '../firewall/judge.ts'
import type { Chain } from '../firewall/rules.ts'
import type { Host } from '../host.ts'
import { once } from '../keepalived/blame.ts'
import { type Seat, type Seats, withPresentSeats } from './seats.ts'

/** The groups of RFC 9568 section 1 (IANA's for VRRP). */
export const VRRP_GROUPS = { 4: '224.0.0.18', 6: 'ff02::12' } as const

const ABOUT = [
  'The rules of nftables and iptables are followed for such a packet as the kernel would do, with tables, chains, jumps and sets. What a rule looks at that cannot be known beforehand counts as passing, so a finding is certain, and its absence is not.',
  'Needs root, who alone may read the rules.',
]

export const FIREWALL_VRRP: Check = once({
  code: 'H515',
  category: 'network',
  title: 'The firewall lets VRRP in and out',
  severity: 'fail',
  about: [
    'A server that does not hear the adverts of the others takes the addresses while another one has them. VRRP is IP protocol 112, to 224.0.0.18 or ff02::12, and has no ports: rules for TCP and UDP do not let it in, and it is never "established".',
    ...ABOUT,
  ],
  run: (host) =>
    withPresentSeats(host, (seats) =>
      judged(
        host,
        seats.seats.flatMap((seat) => advertsOf(seat, seats)),
        {
          fine: 'adverts pass',
          drops: (packet) =>
            packet.direction === 'in'
              ? 'drops adverts of other servers'
              : 'drops the adverts of this server',
          allow: () => ({ nft: 'meta l4proto 112', iptables: '-p vrrp' }),
        },
      ),
    ),
})

export const FIREWALL_DNS: Check = once({
  code: 'H516',
  category: 'network',
  title: 'The firewall lets queries in, over UDP and TCP',
  severity: 'fail',
  about: [
    'holdfast asks named from this host itself, and what a host sends to itself comes by the loopback interface. So a firewall that drops queries of clients is not seen by any probe: this server passes, holds the addresses, and answers nobody. TCP is often forgotten, and then answers that are too large for UDP fail.',
    ...ABOUT,
  ],
  run: (host) =>
    withPresentSeats(host, ({ seats }) =>
      judged(host, seats.flatMap(queriesOf), {
        fine: 'queries pass',
        drops: ({ protocol }) => `drops queries over ${protocol.toUpperCase()}`,
        allow: ({ protocol }) => ({
          nft: `${protocol} dport 53`,
          iptables: `-p ${protocol} --dport 53`,
        }),
      }),
    ),
})

/** Those that other servers send, and those that this one sends to them. */
function advertsOf({ link, instances }: Seat, { vrrp, links }: Seats): Packet[] {
  const own = new Set(links.flatMap((it) => it.addresses).map((it) => it.address))
  const families = new Set(
    instances.flatMap(({ addresses, v6 }) => {
      const has = (family: 4 | 6) => addresses.some((it) => it.family === family)
      return [
        ...(has(4) ? [4 as const] : []),
        ...(has(6) && (!has(4) || v6 === 'instance') ? [6 as const] : []),
      ]
    }),
  )
  return [...families].flatMap((family) => {
    const common = { interface: link.name, family, protocol: 'vrrp', dport: null }
    const listed = vrrp.servers.flatMap((it) => it.addresses).filter((it) => it.family === family)
    const known = listed.map((it) => it.address)
    const others = known.filter((it) => !own.has(it))
    const self = known.find((it) => own.has(it)) ?? null
    const peers = others.length > 0 ? others : [null]
    if (vrrp.transport === 'unicast') {
      const packetType = 'unicast' as const
      return peers.flatMap((peer): Packet[] => [
        { ...common, direction: 'in', source: peer, destination: self, packetType },
        { ...common, direction: 'out', source: self, destination: peer, packetType },
      ])
    }
    // IPv6 adverts come from link-local addresses, which nobody lists.
    const sources = family === 6 ? [null] : peers
    const rest = { destination: VRRP_GROUPS[family], packetType: 'multicast' as const }
    return [
      ...sources.map((source): Packet => ({ ...common, ...rest, direction: 'in', source })),
      { ...common, ...rest, direction: 'out', source: family === 6 ? null : self },
    ]
  })
}

function queriesOf({ link, instances }: Seat): Packet[] {
  return instances
    .flatMap((it) => it.addresses)
    .flatMap(({ family, address }) =>
      ['udp', 'tcp'].map((protocol) => ({
        direction: 'in' as const,
        interface: link.name,
        family,
        protocol,
        source: null,
        destination: address,
        dport: 53,
        packetType: 'unicast' as const,
      })),
    )
}

interface Words {
  readonly fine: string
  drops(packet: Packet): string
  /** What a rule has to say to let such a packet in. */
  allow(packet: Packet): { readonly nft: string; readonly iptables: string }
}

async function judged(host: Host, packets: readonly Packet[], words: Words): Promise<Finding> {
  const firewall = await firewallFact(host)
  if (firewall.kind === 'none') return skip(firewall.why)
  for (const packet of packets) {
    const verdict = judge(firewall.ruleset, packet)
    if (verdict.kind === 'passes') continue
    const { chain, rule } = verdict
    return trouble(
      `The firewall ${words.drops(packet)} on ${packet.interface}`,
      [describe(packet), ...(await wordsOf(host, chain, rule))],
      remediesFor(chain, packet, words),
    )
  }
  return ok(`${words.fine} (${firewall.sources.join(', ')})`)
}

function describe({ protocol, source, destination, direction, interface: name }: Packet): string {
  const from = source === null ? '' : ` from ${source}`
  const to = destination === null ? '' : ` to ${destination}`
  return `${protocol}${from}${to}, ${direction === 'in' ? 'arriving on' : 'leaving by'} ${name}`
}

function remediesFor({ name, base }: Chain, packet: Packet, words: Words): string[] {
  const { nft, iptables } = words.allow(packet)
  const inward = packet.direction === 'in'
  if (!/^ip6?tables/.test(name)) {
    const [family, table, chain] = name.split(' ')
    const where = `${inward ? 'iifname' : 'oifname'} "${packet.interface}"`
    return [
      `nft list chain ${family} ${table} ${chain}`,
      `nft insert rule ${family} ${table} ${chain} ${where} ${nft} accept`,
      'For good: the same in /etc/nftables.conf, or where the firewall’s manager keeps it',
    ]
  }
  const [program = '', table, chain] = name.split(' ')
  const where = base?.hook === 'postrouting' ? '' : `${inward ? '-i' : '-o'} ${packet.interface} `
  return [
    `${program} -t ${table} -S ${chain}`,
    `${program} -t ${table} -I ${chain} ${where}${iptables} -j ACCEPT`,
    'For good: netfilter-persistent save, or where the firewall’s manager keeps it',
  ]
}
