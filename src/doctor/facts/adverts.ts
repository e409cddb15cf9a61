// Adverts of VRRP and claims to addresses, from what tcpdump prints of the wire. Pure; keeps no passwords.
import { canonicalAddress } from '../../config/values/ip.ts'
import type { Family } from '../../dns/probe.ts'

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
