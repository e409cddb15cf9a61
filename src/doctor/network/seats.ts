// The interfaces that service addresses are for, as this host has them: what most checks here look at.
import type { Config } from '../../config/config.ts'
import type { VrrpConfig, VrrpInstance } from '../../config/vrrp-config.ts'
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

/** What `look` finds, where there are interfaces and a configuration that names them. */
export async function withSeats(
  host: Host,
  look: (seats: Seats) => Finding | Promise<Finding>,
): Promise<Finding> {
  const [reading, links] = await Promise.all([vrrpFact(host), linksFact(host)])
  if (reading.kind === 'none') return skip(reading.why)
  if (links.kind === 'none') return skip(links.why)
  return look(seatsOf(reading.vrrp, links.links))
}

/** As `withSeats`, for checks that mean nothing when no interface is there. */
export function withPresentSeats(
  host: Host,
  look: (seats: Seats) => Finding | Promise<Finding>,
): Promise<Finding> {
  return withSeats(host, (seats) =>
    seats.seats.length > 0 ? look(seats) : skip('no interface of the configuration is here: H509'),
  )
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
  look: (config: Config, addresses: readonly LinkAddress[], links: readonly Link[]) => Finding,
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
