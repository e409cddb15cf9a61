// /proc/net/ip_vs: which virtual services the kernel balances, over which real servers.
import type { MarkedBackend } from '../config/balancer-backends.ts'
import { formatIpv4, formatIpv6 } from '../dns/address-text.ts'
import type { Family } from '../dns/probe.ts'

export const IPVS_TABLE = '/proc/net/ip_vs'
/** A line is some sixty bytes: this is room for sixty thousand real servers. */
export const IPVS_LIMIT_BYTES = 4 * 1024 * 1024

export interface IpvsService {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP' | 'FWM'
  /** Canonical; null for a service by firewall mark. */
  readonly address: string | null
  /** A port, or the mark. */
  readonly port: number
  readonly scheduler: string
  /** "ops", and "persistent" with its seconds, as the kernel writes them. */
  readonly flags: readonly string[]
  readonly destinations: readonly IpvsDestination[]
}

export interface IpvsDestination {
  readonly address: string
  readonly port: number
  /** Masq, Local, Tunnel or Route. */
  readonly forward: string
  readonly weight: number
  readonly active: number
  readonly inactive: number
}

const SERVICE = /^(TCP|UDP|SCTP)\s+(\[[0-9a-fA-F:]+\]|[0-9A-F]{8}):([0-9A-F]{4})\s+(\S+)\s*(.*)$/
const MARKED = /^FWM\s+([0-9A-F]{8})\s+(\S+)\s*(.*)$/
const DESTINATION =
  /^\s+->\s+(\[[0-9a-fA-F:]+\]|[0-9A-F]{8}):([0-9A-F]{4})\s+(\S+)\s+(-?\d+)\s+(\d+)\s+(\d+)\s*$/

/** The kernel's table; lines that are not understood are left out. */
export function parseIpvs(text: string): IpvsService[] {
  const services: (IpvsService & { readonly destinations: IpvsDestination[] })[] = []
  for (const line of text.split('\n')) {
    const destination = DESTINATION.exec(line)
    if (destination !== null) {
      const [, address = '', port = '', forward = '', weight, active, inactive] = destination
      const known = readAddress(address)
      if (known === null) continue
      services.at(-1)?.destinations.push({
        address: known,
        port: Number.parseInt(port, 16),
        forward,
        weight: Number(weight),
        active: Number(active),
        inactive: Number(inactive),
      })
      continue
    }
    const service = readService(line)
    if (service !== null) services.push({ ...service, destinations: [] })
  }
  return services
}

function readService(line: string): Omit<IpvsService, 'destinations'> | null {
  const marked = MARKED.exec(line)
  if (marked !== null) {
    const [, mark = '', scheduler = '', flags = ''] = marked
    const port = Number.parseInt(mark, 16)
    return { protocol: 'FWM', address: null, port, scheduler, flags: wordsOf(flags) }
  }
  const [, protocol, address = '', port = '', scheduler = '', flags = ''] = SERVICE.exec(line) ?? []
  const known = readAddress(address)
  if (protocol === undefined || known === null) return null
  return {
    protocol: protocol as 'TCP' | 'UDP' | 'SCTP',
    address: known,
    port: Number.parseInt(port, 16),
    scheduler,
    flags: wordsOf(flags),
  }
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

/** Eight hexadecimal digits, or eight groups of four in brackets. */
function readAddress(text: string): string | null {
  if (!text.startsWith('[')) {
    if (text.length !== 8) return null
    return formatIpv4(Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)))
  }
  const groups = text.slice(1, -1).split(':')
  if (groups.length !== 8 || groups.some((group) => !/^[0-9a-fA-F]{4}$/.test(group))) return null
  const bytes = groups.flatMap((group) => [
    Number.parseInt(group.slice(0, 2), 16),
    Number.parseInt(group.slice(2), 16),
  ])
  return formatIpv6(Uint8Array.from(bytes))
}

/** A real server of one virtual service: canonical addresses, and the port of both. */
export interface Halves {
  readonly virtual: readonly string[]
  readonly real: readonly string[]
  readonly port: number
}

/** What the kernel sends to real servers. */
export interface Traffic {
  /** The most that one of them weighs. */
  readonly weight: number
  /** Connections under way to all of them. */
  readonly active: number
}

/**
 * What the kernel does for clients with real servers, over both protocols and families; 0 where they
 * are in no table. Services by firewall mark do not count, because only we ask through them.
 */
export function trafficTo(services: readonly IpvsService[], all: readonly Halves[]): Traffic {
  const theirs = all.flatMap(({ virtual, real, port }) =>
    services
      .filter(
        (service) =>
          service.port === port && service.address !== null && virtual.includes(service.address),
      )
      .flatMap(({ destinations }) => destinations)
      .filter(({ address }) => real.includes(address)),
  )
  return {
    weight: Math.max(0, ...theirs.map(({ weight }) => weight)),
    active: theirs.reduce((sum, ipvsDestination) => sum + ipvsDestination.active, 0),
  }
}

/** The families in which IPVS leads what is marked to this real server, and to nobody else. */
export function ledFamilies(
  services: readonly IpvsService[],
  { marks, backend }: MarkedBackend,
): Family[] {
  const own = backend.server.addresses.map(({ address }) => address)
  const leads = ({ protocol, port, destinations }: IpvsService, mark: number) =>
    protocol === 'FWM' &&
    port === mark &&
    destinations.length > 0 &&
    destinations.every(({ address }) => own.includes(address))
  return marks
    .filter(({ mark }) => services.some((service) => leads(service, mark)))
    .map(({ family }) => family)
}
