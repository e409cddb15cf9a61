// Who else speaks for a virtual router on the wire, and what is odd about it. Pure.
import type { VrrpConfig } from '../../config/vrrp-config.ts'
import type { RunningInstance } from '../../keepalived/dump.ts'
import type { Advert } from '../facts/wire.ts'

/**
 * The first of these that holds: each speaker has one trait, so that one mistake is told once.
 * - `damaged`: the checksum is wrong;
 * - `stranger`: another cluster, that happens to have the same number;
 * - `transport`: unicast where multicast is wanted, or the other way round;
 * - `version`, `ttl`, `auth`, `addresses`: keepalived discards such adverts;
 * - `interval`: so it does in VRRPv2;
 * - `peer`: a server of ours.
 */
export type Trait =
  | 'damaged'
  | 'stranger'
  | 'transport'
  | 'version'
  | 'ttl'
  | 'auth'
  | 'interval'
  | 'addresses'
  | 'peer'

export interface Speaker {
  readonly source: string
  /** In order of time, one at least. */
  readonly adverts: readonly Advert[]
  readonly last: Advert
  readonly trait: Trait
}

export interface Surroundings {
  /** Null when the configuration cannot be used. */
  readonly vrrp: Pick<VrrpConfig, 'peering' | 'servers'> | null
  /** All addresses of this host. */
  readonly local: ReadonlySet<string>
  /** keepalived has refused a password while the wire was watched. */
  readonly wrongPassword: boolean
}

/** Adverts for the instance that do not come from this host, by who sent them. */
export function speakersFor(
  instance: RunningInstance,
  adverts: readonly Advert[],
  around: Surroundings,
): readonly Speaker[] {
  const others = advertsFor(instance, adverts).filter(({ source }) => !around.local.has(source))
  return [...Map.groupBy(others, ({ source }) => source)].flatMap(([source, all]) => {
    const last = all.at(-1)
    if (last === undefined) return []
    return [{ source, adverts: all, last, trait: traitOf(last, instance, around) }]
  })
}

export function advertsFor(instance: RunningInstance, adverts: readonly Advert[]) {
  const family = instance.addresses[0]?.includes(':') ? 6 : 4
  return adverts.filter((one) => one.routerId === instance.routerId && one.family === family)
}

const MULTICAST = ['224.0.0.18', 'ff02::12']
/** RFC 9568 section 5.1.1.3: one that has passed a router has less. */
const TTL = 255
const AUTH_TYPES = ['none', 'simple', 'ah']

function traitOf(advert: Advert, instance: RunningInstance, around: Surroundings): Trait {
  if (!advert.checksumOk) return 'damaged'
  if (isStranger(advert, instance, around)) return 'stranger'
  const isMulticast = MULTICAST.includes(advert.destination)
  const { vrrp } = around
  if (vrrp !== null && isMulticast !== (vrrp.peering === 'multicast')) return 'transport'
  if (advert.version !== instance.version) return 'version'
  if (isMulticast && advert.ttl !== TTL) return 'ttl'
  if (advert.version === 2) {
    const isAsOurs = advert.auth === AUTH_TYPES[instance.authType]
    if (!isAsOurs || (around.wrongPassword && !isAccepted(advert, instance))) return 'auth'
    if (advert.intervalMs !== instance.advertMs) return 'interval'
  }
  return isSameList(advert.addresses, instance.addresses) ? 'peer' : 'addresses'
}

/** A backup knows the priority of the master that it accepts. */
function isAccepted({ priority }: Advert, { state, masterPriority }: RunningInstance): boolean {
  return state === 'backup' && priority === masterPriority
}

/**
 * Not one of the servers, where the configuration knows them; else one that has none of the
 * addresses. IPv6 adverts come from link-local addresses, which nobody lists.
 */
function isStranger(advert: Advert, instance: RunningInstance, { vrrp }: Surroundings): boolean {
  const listed = (vrrp?.servers ?? []).map((server) =>
    server.addresses.filter(({ family }) => family === advert.family).map((one) => one.address),
  )
  const isListed = listed.flat().includes(advert.source)
  const areAllKnown = listed.length > 0 && listed.every((addresses) => addresses.length > 0)
  if (isListed) return false
  if (areAllKnown && advert.family === 4) return true
  return !advert.addresses.some((address) => instance.addresses.includes(address))
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((address) => b.includes(address))
}
