// The sockets on this host that take queries, read from the kernel's own tables, and whose they are.
import { formatIpv4, formatIpv6 } from '../../dns/address-text.ts'
import type { Family, Transport } from '../../dns/probe.ts'
import type { Read } from '../../ports.ts'
import { factOf, type Skip, skip } from '../doctor-check.ts'
import { fact, type Host } from '../host.ts'
import { allProcessesFact, type Process } from './proc.ts'

/** A TCP socket that listens, or a UDP socket that takes what anybody sends. */
export interface ListeningSocket {
  readonly transport: Transport
  /** Of the address; an IPv4 address that an IPv6 socket is bound to counts as IPv4. */
  readonly family: Family
  /** Canonical text without a zone, which the kernel does not tell here: "0.0.0.0" and "::" are all. */
  readonly address: string
  readonly port: number
  /** Of whoever made it. */
  readonly uid: number
  /** What /proc/PID/fd calls it, as in "socket:[11788588]"; unique among sockets that are open. */
  readonly inode: number
  /** Where it stands, for evidence: "/proc/net/tcp6: 2001:db8::53 port 53, uid 107, inode 4711". */
  readonly row: string
}

const TABLES = [
  { name: 'udp', transport: 'udp' },
  { name: 'udp6', transport: 'udp' },
  { name: 'tcp', transport: 'tcp' },
  { name: 'tcp6', transport: 'tcp' },
] as const
type Table = (typeof TABLES)[number]

/** A row has 150 characters, and a busy server a hundred thousand connections. */
const MAX_BYTES = 64 * 1024 * 1024

/** Every listening socket of this network namespace. Needs no root. */
const socketsFact = fact(async ({ inspect }: Host): Promise<readonly ListeningSocket[] | Skip> => {
  const sockets: ListeningSocket[] = []
  for (const table of TABLES) {
    const read: Read<string> = inspect.text(`/proc/net/${table.name}`, MAX_BYTES)
    if (read.ok) sockets.push(...parseSocketTable(read.value, table.name, isLittleEndian()))
    // Without IPv6 in the kernel its tables are not there.
    else if (read.why !== 'missing' || !table.name.endsWith('6')) return skip(read.error)
  }
  return sockets
})

/** The states of net/tcp_states.h: UDP knows "established" for connected sockets, and this. */
const UDP_UNCONNECTED = '07'
const TCP_LISTEN = '0A'

const ROW =
  /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) \S+ \S+ \S+ +(\d+) +\d+ (\d+) /

/**
 * Reads one table; rows of other states and lines in another form are left out.
 *
 * The kernel prints an address as 32-bit words, each as a number of the host's own byte order
 * ("%08X" of what lies in network order): 192.0.2.53 is 350200C0 on most machines, and C0000235 on
 * the others. Ports are numbers already.
 */
export function parseSocketTable(
  text: string,
  name: Table['name'],
  littleEndian: boolean,
): ListeningSocket[] {
  const transport = name.startsWith('udp') ? 'udp' : 'tcp'
  const wanted = transport === 'udp' ? UDP_UNCONNECTED : TCP_LISTEN
  const sockets: ListeningSocket[] = []
  for (const line of text.split('\n')) {
    const match = ROW.exec(line)
    if (match === null || match[3] !== wanted) continue
    const [, hex = '', portHex = '', , uidText = '', inodeText = ''] = match
    const { family, address } = addressFrom(hex, littleEndian)
    const [port, uid, inode] = [Number.parseInt(portHex, 16), Number(uidText), Number(inodeText)]
    const row = `/proc/net/${name}: ${address} port ${port}, uid ${uid}, inode ${inode}`
    sockets.push({ transport, family, address, port, uid, inode, row })
  }
  return sockets
}

function addressFrom(hex: string, littleEndian: boolean): { family: Family; address: string } {
  const bytes = new Uint8Array(hex.length / 2)
  for (let at = 0; at < bytes.length; at += 1) {
    const from = littleEndian ? (at & ~3) + 3 - (at & 3) : at
    bytes[at] = Number.parseInt(hex.slice(2 * from, 2 * from + 2), 16)
  }
  if (bytes.length === 4) return { family: 4, address: formatIpv4(bytes) }
  const isMapped =
    bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
  if (isMapped) return { family: 4, address: formatIpv4(bytes, 12) }
  return { family: 6, address: formatIpv6(bytes) }
}

function isLittleEndian(): boolean {
  return new Uint8Array(new Uint32Array([1]).buffer)[0] === 1
}

export const DNS_PORT = 53

/** By the socket's inode; `unseen` where only root could tell, or a socket's process was not found. */
export interface PortOwners {
  readonly sockets: readonly ListeningSocket[]
  readonly owners: ReadonlyMap<number, Process>
}

/** Sockets on port 53 and, as far as this user may look, whose they are. */
export const portOwnersFact = factOf({ all: socketsFact }, async ({ all }, host) => {
  const sockets = all.filter((listeningSocket) => listeningSocket.port === DNS_PORT)
  const wanted = new Set(sockets.map((socket) => socket.inode))
  const owners = new Map<number, Process>()
  // named has most of them, and then nobody else's files need be looked through.
  const processes = (await allProcessesFact(host)).toSorted((a, b) => rank(a) - rank(b))
  for (const process of processes) {
    if (wanted.size === owners.size) break
    for (const inode of socketsOf(host, process)) {
      if (wanted.has(inode) && !owners.has(inode)) owners.set(inode, process)
    }
  }
  return { sockets, owners } satisfies PortOwners
})

function rank({ comm }: Process): number {
  return comm === 'named' ? 0 : 1
}

/** The inodes of a process's sockets; none where they cannot be seen. */
function* socketsOf({ inspect }: Host, { pid }: Process): Generator<number> {
  const files = inspect.list(`/proc/${pid}/fd`)
  if (!files.ok) return
  for (const file of files.value) {
    const link = inspect.link(`/proc/${pid}/fd/${file}`)
    const match = link.ok ? /^socket:\[(\d+)\]$/.exec(link.value) : null
    if (match !== null) yield Number(match[1])
  }
}
