// What goes over the wire of an interface for some seconds: adverts, and claims to service addresses.
// No password is kept.
import { canonicalAddress } from '../../config/values/ip.ts'
import type { Family } from '../../dns/probe.ts'
import { isSkip, type Skip, skip } from '../doctor-check.ts'
import type { Host } from '../host.ts'

/** At 0.1 s an advert, a network with fifty routers; far below what the inspector lets a program say. */
const MAX_PACKETS = 4000
const SLACK_MS = 1500

/**
 * Listens with tcpdump, which sees packets that arrive before the firewall does, and packets that
 * leave after it. Nothing is sent, and the interface is not made promiscuous.
 *
 * @param addresses whose claims are of interest, by ARP and neighbour advertisements
 */
export async function listen(
  host: Host,
  name: string,
  addresses: readonly string[],
  lengthMs: number,
): Promise<Wire | Skip> {
  const flags = ['-v', '-e']
  const captured = await capture(host, { name, filter: filterFor(addresses), lengthMs, flags })
  return isSkip(captured) ? captured : parseCapture(captured.text)
}

export interface Capture {
  readonly text: string
  /** It went on to its end; else there were more packets than are kept. */
  readonly isWhole: boolean
}

interface CaptureOptions {
  /** The interface, or "any". */
  readonly name: string
  /** As pcap-filter(7) has it. */
  readonly filter: string
  readonly lengthMs: number
  readonly flags?: readonly string[]
}

/** What tcpdump prints of the packets that pass the filter. */
export async function capture(
  { inspect }: Host,
  { name, filter, lengthMs, flags = [] }: CaptureOptions,
): Promise<Capture | Skip> {
  if (inspect.uid !== 0) return skip('needs root to capture packets')
  // timeout is part of coreutils, and ends it in a way that it still prints what it has.
  const run = await inspect.run(
    'timeout',
    [
      ...['--signal=INT', String(lengthMs / 1000), 'tcpdump', '-p', '-n', '-tt', '-l', ...flags],
      ...['-c', String(MAX_PACKETS), '-i', name, filter],
    ],
    { limitMs: lengthMs + SLACK_MS },
  )
  if (!run.ok) return skip(`packets cannot be captured: ${run.error}`)
  const { code, stdout, stderr } = run.value
  // The exit codes that timeout has for a program that is not there, may not be run, ran for so long.
  if (code === 127) return skip('tcpdump is not installed: apt-get install tcpdump')
  if (code === 126) return skip('tcpdump is not executable')
  if (!/listening on/.test(stderr))
    return skip(`tcpdump prints ${stderr.trim().split('\n').at(-1) ?? 'nothing'}`)
  return { text: stdout, isWhole: code === 124 }
}

/** VRRP, also where it is authenticated by AH, and who says to have one of the addresses. */
function filterFor(addresses: readonly string[]): string {
  const known = addresses.flatMap((address) => canonicalAddress(address) ?? [])
  const from = (family: 4 | 6) =>
    known
      .filter((address) => address.includes(':') === (family === 6))
      .map((address) => `src host ${address}`)
  const v4 = from(4).map((address) => `arp ${address}`)
  const v6 = from(6)
  return [
    'ip proto 112',
    'ip6 proto 112',
    '(ip proto 51 and dst host 224.0.0.18)',
    ...v4,
    ...(v6.length === 0 ? [] : [`(icmp6 and ip6[40] == 136 and (${v6.join(' or ')}))`]),
  ].join(' or ')
}

export interface Advert {
  /** Milliseconds since 1970. */
  readonly atMs: number
  /** The hardware address that sent it. */
  readonly mac: string
  readonly family: Family
  readonly source: string
  readonly destination: string
  /** The hop limit in IPv6. */
  readonly ttl: number
  readonly version: number
  readonly routerId: number
  /** 0 says farewell. */
  readonly priority: number
  readonly intervalMs: number
  /** VRRPv2: "none", "simple" or "ah"; null in version 3, which has none. */
  readonly auth: string | null
  readonly addresses: readonly string[]
  readonly checksumOk: boolean
}

/** Somebody tells its neighbours that an address is there: by ARP, or by a neighbour advertisement. */
export interface Claim {
  readonly atMs: number
  readonly mac: string
  readonly address: string
}

/** What goes over the wire of an interface. */
export interface Wire {
  readonly adverts: readonly Advert[]
  readonly claims: readonly Claim[]
}

/** What `tcpdump -n -v -e -tt` has printed; what is none of both is passed over. */
export function parseCapture(text: string): Wire {
  // A packet goes on in lines that begin with a space.
  const packets = text.replace(/\n[ \t]+/g, ' ').split('\n')
  return { adverts: packets.flatMap(readAdvert), claims: packets.flatMap(readClaim) }
}

const FRAME = /^(\d+\.\d+) (\S+) > \S+ ethertype /
const ADVERT =
  /\b(?:ttl|hlim) (\d+),.* ([\da-f.:]+) > ([\da-f.:]+): (?:AH\(.*\): )?VRRPv(\d), Advertisement, (.*)$/

function readAdvert(line: string): Advert[] {
  const frame = FRAME.exec(line)
  const packet = ADVERT.exec(line)
  if (frame === null || packet === null) return []
  const [, seconds, mac = ''] = frame
  const [, ttl, source = '', destination = '', version, rest = ''] = packet
  const vrid = /\bvrid (\d+), prio (\d+)/.exec(rest)
  if (vrid === null) return []
  const interval = /\bintvl (\d+)(c?)s/.exec(rest)
  const from = canonicalAddress(source)
  const to = canonicalAddress(destination)
  if (from === null || to === null) return []
  return [
    {
      atMs: Number(seconds) * 1000,
      mac,
      family: from.includes(':') ? 6 : 4,
      source: from,
      destination: to,
      ttl: Number(ttl),
      version: Number(version),
      routerId: Number(vrid[1]),
      priority: Number(vrid[2]),
      intervalMs: Number(interval?.[1] ?? 0) * (interval?.[2] === 'c' ? 10 : 1000),
      auth: version === '2' ? (/\bauthtype ([^,\s]+)/.exec(rest)?.[1] ?? 'none') : null,
      addresses: addressesIn(rest),
      checksumOk: !/bad vrrp cksum/.test(line),
    },
  ]
}

/** "addrs: A" or "addrs(2): A,B". */
function addressesIn(rest: string): string[] {
  const list = /\baddrs(?:\(\d+\))?: ([\da-f.:,]+)/.exec(rest)?.[1] ?? ''
  return list.split(',').flatMap((part) => canonicalAddress(part) ?? [])
}

const CLAIM = /Request who-has \S+ (?:\(\S+\) )?tell ([^\s,]+)|Reply (\S+) is-at|tgt is ([^\s,]+)/

function readClaim(line: string): Claim[] {
  const frame = FRAME.exec(line)
  const words = CLAIM.exec(line)
  const address = canonicalAddress(words?.[1] ?? words?.[2] ?? words?.[3] ?? '')
  if (frame === null || address === null) return []
  return [{ atMs: Number(frame[1]) * 1000, mac: frame[2] ?? '', address }]
}

/** One line for people. */
export function describeAdvert(advert: Advert, name: string): string {
  const auth = advert.auth === null || advert.auth === 'none' ? '' : `, password (${advert.auth})`
  const sum = advert.checksumOk ? '' : ', checksum wrong'
  return [
    `${name}: ${advert.source} > ${advert.destination} VRRPv${advert.version} id ${advert.routerId}`,
    `priority ${advert.priority}, every ${advert.intervalMs} ms, ttl ${advert.ttl}${auth}${sum}`,
    `for ${advert.addresses.join(' ') || 'no address'}`,
  ].join(', ')
}
