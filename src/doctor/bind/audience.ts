// Clients that there might be: addresses beyond this host, one at least of every network that named's lists tell apart.
import { type Cidr, contains, networkOf, parseCidr } from '../../config/values/cidr.ts'
import { formatIp, type Ip, parseIp } from '../../config/values/ip.ts'
import type { Family } from '../../dns/probe.ts'
import type { Statement } from '../facts/named-conf.ts'
import type { Plan } from './probe-plan.ts'

/** Of no network of anybody's (RFC 5737, RFC 2544, RFC 3849, RFC 9637): whoever serves these serves the world. */
export const STRANGERS: readonly string[] = [
  ...['203.0.113.77', '198.18.77.77', '2001:db8:ffff:77::77', '3fff:77::77'],
]

/** Addresses that only programs of this host can ask from. */
const INSIDE = ['127.0.0.0/8', '::1/128', 'fe80::/10'].flatMap((prefix) => parseCidr(prefix) ?? [])
/** From each end of a network: enough to find one that is neither a host's of ours nor taken out. */
const PER_END = 8

/** Possible clients of a family: neighbours first, then those of networks in lists, then strangers. */
export function audienceOf(
  family: Family,
  statements: readonly Statement[],
  {
    addresses,
    serviceAddresses,
    servers,
  }: Pick<Plan, 'addresses' | 'serviceAddresses' | 'servers'>,
): readonly string[] {
  const own = new Set([
    ...addresses.map((address) => address.address),
    ...serviceAddresses,
    ...servers,
  ])
  const neighbours = addresses
    .filter((address) => !address.loopback)
    .flatMap(
      (address) => parseCidr(`${address.address.replace(/%.*/, '')}/${address.prefixLength}`) ?? [],
    )
  const all = [...neighbours, ...networksIn(statements)]
    .filter((cidr) => cidr.address.family === family)
    .flatMap(someOf)
    .filter((ip) => !INSIDE.some((cidr) => contains(cidr, ip)))
    .map(formatIp)
  const strangers = STRANGERS.filter((stranger) => parseIp(stranger)?.family === family)
  return [...new Set([...all, ...strangers])].filter((stranger) => !own.has(stranger))
}

function networksIn(statements: readonly Statement[]): readonly Cidr[] {
  return statements.flatMap(({ words, block }) => [
    ...words.flatMap((word) => parseCidr(word.replace(/^!/, '')) ?? []),
    ...(block === null ? [] : networksIn(block)),
  ])
}

function someOf(network: Cidr): readonly Ip[] {
  const { address, prefixLength } = networkOf(network)
  const size = 2 ** Math.min(32, address.bytes.length * 8 - prefixLength)
  if (size === 1) return [address]
  const steps = Array.from({ length: PER_END }, (_, index) => index + 1)
  const offsets = [...steps, ...steps.map((step) => size - 1 - step)]
  return [...new Set(offsets)]
    .filter((offset) => offset > 0 && offset < size)
    .map((offset) => plus(address, offset))
}

/** The offset is below 2^32. */
function plus(ip: Ip, offset: number): Ip {
  const bytes = Uint8Array.from(ip.bytes)
  let rest = offset
  for (let at = bytes.length - 1; at >= 0 && rest > 0; at--) {
    const sum = (bytes[at] ?? 0) + (rest % 256)
    bytes[at] = sum % 256
    rest = Math.floor(rest / 256) + Math.floor(sum / 256)
  }
  return { ...ip, bytes }
}
