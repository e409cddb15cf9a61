// What the instances of the config become in keepalived: one vrrp_instance, or two in a sync group.
import type { ServiceAddress, VrrpInstance } from '../config/vrrp-config.ts'
import type { Family } from '../dns/probe.ts'

export interface ConfiguredElection {
  readonly instance: VrrpInstance
  readonly isGroup: boolean
  readonly members: readonly ElectionMember[]
}

export interface ElectionMember {
  readonly name: string
  /** VRRP itself speaks this family. */
  readonly family: Family
  readonly addresses: readonly ServiceAddress[]
  /** Addresses that move along but stand in no packet. */
  readonly excluded: readonly ServiceAddress[]
}

/**
 * How many addresses an advert has room for: a byte counts them (RFC 9568 section 5.2.5), and IPv6 ones
 * fill a packet of 1500 bytes before, as keepalived reckons it. The test of keepalived refuses more.
 */
const MAX_IN_ADVERT: Readonly<Record<Family, number>> = { 4: 255, 6: 89 }

export function electionOf(instance: VrrpInstance): ConfiguredElection {
  const { name } = instance
  const v4 = instance.addresses.filter((address) => address.family === 4)
  const v6 = instance.addresses.filter((address) => address.family === 6)
  const member = (
    family: Family,
    all: readonly ServiceAddress[],
    suffix = '',
    others: readonly ServiceAddress[] = [],
  ): ElectionMember => {
    const addresses = all.slice(0, MAX_IN_ADVERT[family])
    const excluded = [...all.slice(MAX_IN_ADVERT[family]), ...others]
    return { name: `${name}${suffix}`, family, addresses, excluded }
  }
  if (v4.length === 0) return { instance, isGroup: false, members: [member(6, v6)] }
  if (v6.length > 0 && instance.ipv6 === 'separate') {
    return { instance, isGroup: true, members: [member(4, v4, '-v4'), member(6, v6, '-v6')] }
  }
  return { instance, isGroup: false, members: [member(4, v4, '', v6)] }
}

export function isMovedBy({ instance }: ConfiguredElection, address: string): boolean {
  return instance.addresses.some((serviceAddress) => serviceAddress.address === address)
}
