// The interfaces that service addresses are for, as this host has them: what most checks here look at.
import type { Config } from '../../config/config.ts'
import type { VrrpConfig, VrrpInstance } from '../../config/vrrp/vrrp-config.ts'
import { type Finding, skip } from '../check.ts'
import { configFact, withoutConfig } from '../facts/config.ts'
import { type Link, type LinkAddress, linksFact } from '../facts/links.ts'
import { interfacesIn, vrrpFact } from '../facts/vrrp.ts'
import type { Host } from '../host.ts'

/** An interface of the configuration that this host has. */
export interface VrrpInterface {
  readonly link: Link
  readonly instances: readonly VrrpInstance[]
}

export interface VrrpInterfaces {
  readonly vrrp: VrrpConfig
  readonly links: readonly Link[]
  readonly interfaces: readonly VrrpInterface[]
  /** Interfaces of the configuration that this host does not have, with the instances' names. */
  readonly missing: ReadonlyMap<string, readonly string[]>
}

/** The interfaces of the configuration, or why there are none to look at. */
async function readSeats(host: Host): Promise<VrrpInterfaces | string> {
  const [reading, links] = await Promise.all([vrrpFact(host), linksFact(host)])
  if (reading.kind === 'none') return reading.why
  if (links.kind === 'none') return links.why
  return seatsOf(reading.vrrp, links.links)
}

/** The same, with one at least that is here. */
export async function presentInterfaces(host: Host): Promise<VrrpInterfaces | string> {
  const interfaces = await readSeats(host)
  if (typeof interfaces === 'string' || interfaces.interfaces.length > 0) return interfaces
  return 'no interface of the configuration is here: H509'
}

type Look = (interfaces: VrrpInterfaces) => Finding | Promise<Finding>

/** What `look` finds, where there are interfaces and a configuration that names them. */
export async function withInterfaces(host: Host, look: Look): Promise<Finding> {
  const interfaces = await readSeats(host)
  return typeof interfaces === 'string' ? skip(interfaces) : look(interfaces)
}

/** As `withInterfaces`, for checks that mean nothing when no interface is there. */
export async function withPresentInterfaces(host: Host, look: Look): Promise<Finding> {
  const interfaces = await presentInterfaces(host)
  return typeof interfaces === 'string' ? skip(interfaces) : look(interfaces)
}

function seatsOf(vrrp: VrrpConfig, links: readonly Link[]): VrrpInterfaces {
  const interfaces: VrrpInterface[] = []
  const missing = new Map<string, readonly string[]>()
  for (const [name, instances] of interfacesIn(vrrp)) {
    const link = links.find((it) => it.name === name)
    if (link !== undefined) interfaces.push({ link, instances })
    else
      missing.set(
        name,
        instances.map((it) => it.name),
      )
  }
  return { vrrp, links, interfaces, missing }
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

export function namesOf(interfaces: readonly VrrpInterface[]): string {
  return interfaces.map((it) => it.link.name).join(', ')
}
