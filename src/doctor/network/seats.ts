// The interfaces that service addresses are for, as this host has them: what most checks here look at.
import type { Config } from '../../config/config.ts'
import type { VrrpConfig, VrrpInstance } from '../../config/vrrp/vrrp-config.ts'
import { type Finding, skip } from '../check.ts'
import { configFact, withoutConfig } from '../facts/config.ts'
import { type Link, type LinkAddress, linksFact } from '../facts/links.ts'
import { interfacesIn, vrrpFact } from '../facts/vrrp.ts'
import type { Host } from '../host.ts'

/** An interface of the configuration that this host has. */
export interface Seat {
  readonly link: Link
  readonly instances: readonly VrrpInstance[]
}

export interface Seats {
  readonly vrrp: VrrpConfig
  readonly links: readonly Link[]
  readonly seats: readonly Seat[]
  /** Interfaces of the configuration that this host does not have, with the instances' names. */
  readonly missing: ReadonlyMap<string, readonly string[]>
}

/** The interfaces of the configuration, or why there are none to look at. */
async function readSeats(host: Host): Promise<Seats | string> {
  const [reading, links] = await Promise.all([vrrpFact(host), linksFact(host)])
  if (reading.kind === 'none') return reading.why
  if (links.kind === 'none') return links.why
  return seatsOf(reading.vrrp, links.links)
}

/** The same, with one at least that is here. */
export async function presentSeats(host: Host): Promise<Seats | string> {
  const seats = await readSeats(host)
  if (typeof seats === 'string' || seats.seats.length > 0) return seats
  return 'no interface of the configuration is here: H509'
}

type Look = (seats: Seats) => Finding | Promise<Finding>

/** What `look` finds, where there are interfaces and a configuration that names them. */
export async function withSeats(host: Host, look: Look): Promise<Finding> {
  const seats = await readSeats(host)
  return typeof seats === 'string' ? skip(seats) : look(seats)
}

/** As `withSeats`, for checks that mean nothing when no interface is there. */
export async function withPresentSeats(host: Host, look: Look): Promise<Finding> {
  const seats = await presentSeats(host)
  return typeof seats === 'string' ? skip(seats) : look(seats)
}

function seatsOf(vrrp: VrrpConfig, links: readonly Link[]): Seats {
  const seats: Seat[] = []
  const missing = new Map<string, readonly string[]>()
  for (const [name, instances] of interfacesIn(vrrp)) {
    const link = links.find((it) => it.name === name)
    if (link !== undefined) seats.push({ link, instances })
    else
      missing.set(
        name,
        instances.map((it) => it.name),
      )
  }
  return { vrrp, links, seats, missing }
}

/** The configuration and this host's addresses, which need no keys for keepalived. */
export async function withAddresses(
  host: Host,
  look: (
    config: Config,
    addresses: readonly LinkAddress[],
    links: readonly Link[],
  ) => Finding | Promise<Finding>,
): Promise<Finding> {
  const [reading, links] = await Promise.all([configFact(host), linksFact(host)])
  if (reading.kind !== 'config') return skip(withoutConfig(reading))
  if (links.kind === 'none') return skip(links.why)
  const addresses = links.links.flatMap((it) => it.addresses)
  return look(reading.config, addresses, links.links)
}

/** All service addresses of the configuration, in canonical text form. */
export function serviceAddressesIn({ pools }: Config): ReadonlySet<string> {
  return new Set(pools.flatMap((pool) => pool.instances).flatMap((it) => it.addresses))
}

export function namesOf(seats: readonly Seat[]): string {
  return seats.map((it) => it.link.name).join(', ')
}
