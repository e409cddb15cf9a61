// The table of all local addresses, kept true by the kernel's events and read whole now and then.
import { networkInterfaces } from 'node:os'
import type { LocalAddress } from '../core/check.ts'
import type { AddressChange, AddressSource, Clock, Log } from '../ports.ts'
import { firstTable, nextTable, type SeenAddress } from './address-table/address-changes.ts'
import { createIpMonitor, type IpEvent } from './address-table/ip-monitor.ts'
import { parseFibTrie, parseInet6 } from './address-table/kernel-tables.ts'
import { isExhausted } from './file-error.ts'
import { readKernelFile, readKernelFileAtMost } from './kernel-file.ts'

export interface AddressSourceOptions {
  readonly clock: Clock
  readonly log: Log
  /** How often the table is read besides the kernel's events. */
  readonly resyncMs: number
  /** Folders in which `ip` and `setpriv` are looked for. */
  readonly searchPath?: readonly string[]
}

const SEARCH_PATH = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** Events come in groups (an interface that goes up brings several): one reading for all. */
const GATHER_MS = 2
/** How often the table is read while events cannot be relied on. */
const POLL_MS = 1_000
/** How long a child needs to start listening, amply. */
const LISTENING_MS = 100
const MAX_ROUTES_BYTES = 1024 * 1024

type Place = Pick<LocalAddress, 'address' | 'interface'>

/** Follows this network namespace's addresses; see `AddressSource`. */
export function createAddressSource(options: AddressSourceOptions): AddressSource {
  const { clock, log, resyncMs, searchPath = SEARCH_PATH } = options
  let table: readonly LocalAddress[] = []
  const deleted = new Map<string, Place>()
  let report: (change: AddressChange) => void = () => {}
  let complained = false
  let isAsked = false
  const readings = createAlarm(clock, () => read())

  const monitor = createIpMonitor({
    clock,
    log,
    searchPath,
    onEvent(event: IpEvent) {
      if (event.kind === 'deleted') deleted.set(`${event.address} ${event.interface}`, event)
      readings.by(clock.nowMs() + GATHER_MS)
    },
    onStart: () => readings.by(clock.nowMs() + LISTENING_MS),
  })

  /** The table as the kernel has it, or null while it cannot be read. */
  const see = (): readonly SeenAddress[] | null => {
    try {
      const seen = seeAddresses(table, [...deleted.values()])
      complained = false
      return seen
    } catch (error) {
      if (!complained) log.line('error', `cannot read the local addresses: ${String(error)}`)
      complained = true
      return null
    }
  }
  const read = () => {
    const nowMs = clock.nowMs()
    const seen = see()
    const change = seen === null ? null : nextTable(table, seen, [...deleted.values()], nowMs)
    if (seen !== null) deleted.clear()
    readings.by(
      nowMs + (monitor.proven() && seen !== null ? resyncMs : Math.min(POLL_MS, resyncMs)),
    )
    if (change === null && (!isAsked || seen === null)) return
    if (seen !== null) isAsked = false
    table = change?.addresses ?? table
    report(change ?? { addresses: table, removed: [] })
  }

  return {
    start(onChange) {
      report = onChange
      table = firstTable(see() ?? [])
      monitor.start()
      readings.by(clock.nowMs() + Math.min(POLL_MS, resyncMs))
      return { addresses: table, removed: [] }
    },
    reread() {
      isAsked = true
      readings.by(clock.nowMs() + GATHER_MS)
    },
    stop() {
      report = () => {}
      monitor.stop()
      readings.stop()
    },
  }
}

interface Alarm {
  /** Rings at `atMs` at the latest, once. */
  by(atMs: number): void
  stop(): void
}

function createAlarm(clock: Clock, ring: () => void): Alarm {
  let dueMs = Number.POSITIVE_INFINITY
  let cancel = () => {}
  let stopped = false
  return {
    by(atMs) {
      if (stopped || atMs >= dueMs) return
      cancel()
      dueMs = atMs
      cancel = clock.wakeAt(atMs, () => {
        dueMs = Number.POSITIVE_INFINITY
        ring()
      })
    },
    stop() {
      stopped = true
      cancel()
    },
  }
}

function seeAddresses(table: readonly LocalAddress[], deleted: readonly Place[]): SeenAddress[] {
  const interfaces = new Map<string, Link>()
  const link = (name: string): Link => {
    const known = interfaces.get(name) ?? readLink(name)
    interfaces.set(name, known)
    return known
  }
  const seen = [...seeInet4(link), ...seeInet6(link)]
  return [...seen, ...withoutCarrier(table, seen, deleted, link)]
}

function seeInet6(link: (name: string) => Link): SeenAddress[] {
  return parseInet6(readInet6()).map(({ address, interface: name, linkLocal, state }) => ({
    address: linkLocal ? `${address}%${name}` : address,
    family: 6,
    interface: name,
    loopback: link(name).loopback,
    state,
  }))
}

function readInet6(): string {
  try {
    return readKernelFile('/proc/net/if_inet6')
  } catch (error) {
    // There is no such file where the kernel runs without IPv6.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

function seeInet4(link: (name: string) => Link): SeenAddress[] {
  const seen: SeenAddress[] = []
  for (const [label, addresses] of Object.entries(networkInterfaces())) {
    // An IPv4 address may carry a label, "eth0:vip", which is listed in place of its interface.
    const name = label.replace(/:.*$/, '')
    for (const { address, family } of addresses ?? []) {
      if (family !== 'IPv4') continue
      seen.push({
        address,
        family: 4,
        interface: name,
        loopback: link(name).loopback,
        state: 'ready',
      })
    }
  }
  return seen
}

/**
 * The IPv4 addresses that Bun leaves out because their interface has no carrier. The kernel keeps them,
 * and a cable that is plugged in again is no reason to start anew. One that was really removed
 * meanwhile is known from the kernel's event, and without that from its routes, unless it is on
 * another interface as well.
 */
function withoutCarrier(
  table: readonly LocalAddress[],
  seen: readonly SeenAddress[],
  deleted: readonly Place[],
  link: (name: string) => Link,
): SeenAddress[] {
  const isIn = (places: readonly Place[], { address, interface: name }: Place) =>
    places.some((place) => place.address === address && place.interface === name)
  const hidden = table
    .filter((old) => old.family === 4 && !isIn(seen, old) && !isIn(deleted, old))
    .filter((old) => link(old.interface).up && !link(old.interface).carrier)
  if (hidden.length === 0) return []
  const local = localAddresses()
  return hidden
    .filter(({ address }) => local?.has(address) ?? true)
    .map(({ sinceMs: _, ...address }) => address)
}

/** null on a host with more routes than are worth a look: a router has a million of them. */
function localAddresses(): ReadonlySet<string> | null {
  try {
    return parseFibTrie(readKernelFileAtMost('/proc/net/fib_trie', MAX_ROUTES_BYTES))
  } catch {
    return null
  }
}

interface Link {
  readonly up: boolean
  readonly carrier: boolean
  readonly loopback: boolean
}

/** Flags of an interface (linux/if.h). */
const IFF_UP = 0x1
const IFF_LOOPBACK = 0x8

/**
 * What /sys says of an interface. A process that was moved to another network namespace alone still
 * sees its old one's /sys: what is not there is taken for an ordinary interface.
 */
function readLink(name: string): Link {
  try {
    const flags = Number.parseInt(readKernelFile(`/sys/class/net/${name}/flags`), 16)
    const up = (flags & IFF_UP) !== 0
    return {
      up,
      carrier: up && hasCarrier(name),
      loopback: name === 'lo' || (flags & IFF_LOOPBACK) !== 0,
    }
  } catch (error) {
    rethrowExhausted(error)
    return { up: true, carrier: true, loopback: name === 'lo' }
  }
}

/** Reading `carrier` costs nothing, but fails on an interface that has just gone down. */
function hasCarrier(name: string): boolean {
  try {
    return readKernelFile(`/sys/class/net/${name}/carrier`).trim() === '1'
  } catch (error) {
    rethrowExhausted(error)
    return true
  }
}

/** What cannot be opened now may be there: the table is then as it was. */
function rethrowExhausted(error: unknown): void {
  if (isExhausted(error)) throw error
}

/** In canonical text form, without prefix lengths. */
export function heldAddresses(): ReadonlySet<string> {
  const all = Object.entries(networkInterfaces())
  return new Set(
    all.flatMap(([name, infos]) =>
      name === 'lo'
        ? []
        : (infos ?? []).filter((info) => !info.internal).map((info) => info.address),
    ),
  )
}
