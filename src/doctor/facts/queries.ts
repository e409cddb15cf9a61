// Queries and answers on the wire for some seconds, and what the kernel has made of them meanwhile.
import { canonicalAddress } from '../../config/values/ip.ts'
import type { Family, Transport } from '../../dns/probe.ts'
import { factOf, isSkip, type Skip } from '../doctor-check.ts'
import { type Host, textOr } from '../host.ts'
import { linksFact } from './ip-command.ts'
import { type Capture, capture } from './wire.ts'

/** A query, or an answer: over UDP a datagram, over TCP the first packet of each side. */
export interface Packet {
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly interface: string
  readonly transport: Transport
  readonly family: Family
  /** Of the server's side, on this host. */
  readonly address: string
  readonly client: string
  /** The client's port and the query's id. An answer has those of its query. */
  readonly key: string
  /** This host asks itself. */
  readonly isOwn: boolean
  /** "www.example.com A", or empty. */
  readonly question: string
  /** TCP refuses the connection. */
  readonly isRefusal: boolean
}

export interface QueryTraffic {
  readonly queries: readonly Packet[]
  readonly answers: readonly Packet[]
  /** Until when answers were looked for. */
  readonly untilMs: Readonly<Record<Transport, number>>
  /** Datagrams for port 53 that arrived, and that the kernel's UDP has not had: so many at least. */
  readonly lost: Readonly<Record<Family, number>>
  /** TCP has turned no connection away because a program does not take its connections. */
  readonly isTcpFree: boolean
}

const LENGTH_MS = 3000
/** Answers are listened for first: the answer to each query that is seen must be seen. */
const HEAD_START_MS = 500

/** Flags of TCP: 2 SYN, 4 RST, 16 ACK. pcap-filter(7) finds them for itself in IPv4 alone. */
const flags = (test: string) =>
  `((ip and tcp[13] & ${test}) or (ip6 and ip6[6] == 6 and ip6[53] & ${test}))`
/** Apart, so that a flood of one kind does not hide the others. */
const FILTERS = {
  udpIn: 'udp dst port 53',
  udpOut: 'udp src port 53',
  tcpIn: `tcp dst port 53 and ${flags('18 == 2')}`,
  tcpOut: `tcp src port 53 and (${flags('18 == 18')} or ${flags('4 == 4')})`,
} as const

/** On all interfaces: an answer may leave by another one than its query came by. */
export const trafficFact = factOf(
  { links: linksFact },
  async ({ links }, host): Promise<QueryTraffic | Skip> => {
    const local = new Set(links.flatMap((link) => link.addresses).map((address) => address.address))
    const before = countersOf(host)
    const endMs = host.inspect.clock.wallMs() + HEAD_START_MS + LENGTH_MS
    const hear = (filter: string, lengthMs: number) =>
      capture(host, { name: 'any', filter, lengthMs })
    const leaving = [FILTERS.udpOut, FILTERS.tcpOut].map((filter) =>
      hear(filter, HEAD_START_MS + LENGTH_MS),
    )
    await new Promise((resolve) => setTimeout(resolve, HEAD_START_MS))
    const arriving = [FILTERS.udpIn, FILTERS.tcpIn].map((filter) => hear(filter, LENGTH_MS))
    const captures = await Promise.all([...leaving, ...arriving])
    const after = countersOf(host)
    const blind = captures.find(isSkip)
    if (blind !== undefined) return blind
    const [udpOut, tcpOut, udpIn, tcpIn] = captures as Capture[]
    const queries = [
      ...packetsIn(udpIn, 'udp', 'query', local),
      ...packetsIn(tcpIn, 'tcp', 'query', local),
    ]
    const answers = {
      udp: packetsIn(udpOut, 'udp', 'answer', local),
      tcp: packetsIn(tcpOut, 'tcp', 'answer', local),
    }
    const untilMs = (capture: Capture | undefined, packets: readonly Packet[]) =>
      capture?.isWhole === true ? endMs : (packets.at(-1)?.atMs ?? 0)
    return {
      queries,
      answers: [...answers.udp, ...answers.tcp],
      untilMs: { udp: untilMs(udpOut, answers.udp), tcp: untilMs(tcpOut, answers.tcp) },
      lost: { 4: lostOf(queries, 4, before, after), 6: lostOf(queries, 6, before, after) },
      isTcpFree: before.turnedAway !== null && before.turnedAway === after.turnedAway,
    }
  },
)

function packetsIn(
  capture: Capture | undefined,
  transport: Transport,
  kind: 'query' | 'answer',
  local: ReadonlySet<string>,
): readonly Packet[] {
  return capture === undefined ? [] : parsePackets(capture.text, transport, kind, local)
}

const LINE = /^(\d+\.\d+) (\S+)\s+(In|Out)\s+IP6? (\S+)\.(\d+) > (\S+)\.(\d+): (.*)$/
const QUESTION = / (\w+)\? (\S+?)\.? \(\d+\)$/

/**
 * What `tcpdump -n -tt -i any` has printed of packets that arrive, or that leave. One that is seen
 * on two interfaces, as on a VLAN and below it, counts once.
 */
export function parsePackets(
  text: string,
  transport: Transport,
  kind: 'query' | 'answer',
  local: ReadonlySet<string>,
): readonly Packet[] {
  const packets = new Map<string, Packet>()
  for (const line of text.split('\n')) {
    const match = LINE.exec(line)
    if (match === null) continue
    const [, seconds, name = '', way, source = '', sourcePort, destination = '', port, rest = ''] =
      match
    const [from, to] = [canonicalAddress(source), canonicalAddress(destination)]
    if (from === null || to === null) continue
    // On lo a packet is told once, as one that arrives.
    if (way !== (kind === 'query' || name === 'lo' ? 'In' : 'Out')) continue
    const [client, address] = kind === 'query' ? [from, to] : [to, from]
    const id = transport === 'udp' ? (/^\d+/.exec(rest)?.[0] ?? '') : ''
    const question = QUESTION.exec(rest)
    const packet: Packet = {
      atMs: Number(seconds) * 1000,
      interface: name,
      transport,
      family: address.includes(':') ? 6 : 4,
      address,
      client,
      key: `${client} ${kind === 'query' ? sourcePort : port} ${id}`,
      isOwn: local.has(client),
      isRefusal: rest.startsWith('Flags [R'),
      question: question === null ? '' : `${question[2] || '.'} ${question[1]?.toUpperCase()}`,
    }
    const known = packets.get(`${address} ${packet.key}`)
    // The interface that has the address is the upper one, which is told last.
    packets.set(`${address} ${packet.key}`, {
      ...packet,
      atMs: known?.atMs ?? packet.atMs,
      // A connection that was taken may be reset later.
      isRefusal: packet.isRefusal && known?.isRefusal !== false,
    })
  }
  return [...packets.values()]
}

interface Counters {
  /** Datagrams that UDP has had: handed out, for nobody, or refused; null where not known. */
  readonly had: Readonly<Record<Family, number | null>>
  /** None waits in a socket of port 53 for its program. */
  readonly isTaken: boolean
  readonly turnedAway: number | null
}

function countersOf({ inspect }: Host): Counters {
  const text = (name: string) => textOr(inspect.text(`/proc/net/${name}`, MAX_BYTES))
  const [v4, tcp] = [columnsIn(text('snmp'), 'Udp'), columnsIn(text('netstat'), 'TcpExt')]
  const v6 = text('snmp6')
  const inV6 = (name: string) => Number(new RegExp(`^Udp6${name}\\s+(\\d+)`, 'm').exec(v6)?.[1])
  const had = ['InDatagrams', 'NoPorts', 'InErrors']
  return {
    had: { 4: sum(had.map((name) => v4.get(name))), 6: sum(had.map(inV6)) },
    isTaken: !WAITING.test(`${text('udp')}${text('udp6')}`),
    turnedAway: tcp.get('ListenDrops') ?? null,
  }
}

const MAX_BYTES = 64 * 1024 * 1024
/** A row of /proc/net/udp for port 53 with something in its queue of what has been received. */
const WAITING = /:0035 [0-9A-F]+:[0-9A-F]{4} [0-9A-F]{2} [0-9A-F]+:0*[1-9A-F]/

/** A line of names, and below it one of numbers, both begin with the same word. */
function columnsIn(text: string, word: string): ReadonlyMap<string, number> {
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith(`${word}: `))
    .map((line) => line.split(' ').slice(1))
  return new Map(names.map((name, at) => [name, Number(values[at])]))
}

function sum(values: readonly (number | undefined)[]): number | null {
  const total = values.reduce<number>((all, value) => all + (value ?? Number.NaN), 0)
  return Number.isNaN(total) ? null : total
}

function lostOf(
  queries: readonly Packet[],
  family: Family,
  before: Counters,
  after: Counters,
): number {
  const [was, is] = [before.had[family], after.had[family]]
  if (was === null || is === null || !after.isTaken) return 0
  const arrived = queries.filter((one) => one.transport === 'udp' && one.family === family)
  return Math.max(0, arrived.length - (is - was))
}
