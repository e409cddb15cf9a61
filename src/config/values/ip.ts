// IP addresses and networks: parsed strictly, printed in the one canonical form.
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../../dns/address-text.ts'
import type { Family } from '../../dns/probe.ts'

export interface Ip {
  readonly family: Family
  /** 4 or 16 bytes in network order. */
  readonly bytes: Uint8Array
  /** The interface of a link-local IPv6 address, as in "fe80::1%eth0". */
  readonly zone: string | null
}

/**
 * Reads an address as the kernel and people write it, or null.
 *
 * IPv4 is four decimal numbers without leading zeros (which some readers take for octal). A zone
 * is allowed on fe80::/10 only.
 */
export function parseIp(text: string): Ip | null {
  if (text.length > 64) return null
  if (!text.includes(':')) {
    const bytes = parseIpv4(text)
    return bytes === null ? null : { family: 4, bytes, zone: null }
  }
  const percent = text.indexOf('%')
  const bytes = parseIpv6(percent === -1 ? text : text.slice(0, percent))
  if (bytes === null) return null
  if (percent === -1) return { family: 6, bytes, zone: null }
  const zone = text.slice(percent + 1)
  if (!/^[^\s/%]{1,15}$/.test(zone) || !isLinkLocalV6(bytes)) return null
  return { family: 6, bytes, zone }
}

/** The canonical text: RFC 5952 for IPv6, mixed notation for IPv4-mapped addresses (its section 5). */
export function formatIp(ip: Ip): string {
  if (ip.family === 4) return formatIpv4(ip.bytes)
  if (isMappedV4(ip.bytes)) return `::ffff:${formatIpv4(ip.bytes, 12)}`
  const text = formatIpv6(ip.bytes)
  return ip.zone === null ? text : `${text}%${ip.zone}`
}

/** The canonical form of an address, or null when it is none. */
export function canonicalAddress(text: string): string | null {
  const ip = parseIp(text)
  return ip === null ? null : formatIp(ip)
}

/** A canonical address with its family. */
export interface FamilyAddress {
  readonly family: Family
  readonly address: string
}

/** The family of an address that has been read already. */
export function familyOf(address: string): Family {
  return parseIp(address)?.family ?? 4
}

export function withFamily(address: string): FamilyAddress {
  return { family: familyOf(address), address }
}

/** Whether the address is in fe80::/10. */
export function isLinkLocalV6(bytes: Uint8Array): boolean {
  return bytes.length === 16 && bytes[0] === 0xfe && ((bytes[1] ?? 0) & 0xc0) === 0x80
}

function isMappedV4(bytes: Uint8Array): boolean {
  const isZero = bytes.subarray(0, 10).every((byte) => byte === 0)
  return isZero && bytes[10] === 0xff && bytes[11] === 0xff
}

export interface Cidr {
  readonly address: Ip
  readonly prefixLength: number
}

/** An address with a prefix length, or without one for the single address; null when it is neither. */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf('/')
  const address = parseIp(slash === -1 ? text : text.slice(0, slash))
  if (address === null) return null
  const widest = address.bytes.length * 8
  if (slash === -1) return { address, prefixLength: widest }
  const digits = text.slice(slash + 1)
  if (!/^(0|[1-9]\d{0,2})$/.test(digits) || Number(digits) > widest) return null
  return { address, prefixLength: Number(digits) }
}

/** The canonical text, always with the prefix length. */
export function formatCidr(cidr: Cidr): string {
  return `${formatIp(cidr.address)}/${cidr.prefixLength}`
}

/** The same network with all bits beyond the prefix cleared. */
export function networkOf(cidr: Cidr): Cidr {
  const bytes = cidr.address.bytes.map((byte, index) => byte & maskByte(cidr.prefixLength, index))
  return { address: { ...cidr.address, bytes }, prefixLength: cidr.prefixLength }
}

/** Whether bits are set beyond the prefix. */
export function hasHostBits(cidr: Cidr): boolean {
  return cidr.address.bytes.some(
    (byte, index) => (byte & ~maskByte(cidr.prefixLength, index)) !== 0,
  )
}

/** Whether the network holds the address. Zones do not count: "fe80::1%eth0" is in fe80::/10. */
export function contains(cidr: Cidr, ip: Ip): boolean {
  if (cidr.address.family !== ip.family) return false
  return cidr.address.bytes.every((byte, index) => {
    const mask = maskByte(cidr.prefixLength, index)
    return (byte & mask) === ((ip.bytes[index] ?? 0) & mask)
  })
}

/** The bits of a byte that the prefix covers. */
function maskByte(prefixLength: number, index: number): number {
  const covered = Math.min(8, Math.max(0, prefixLength - index * 8))
  return (0xff << (8 - covered)) & 0xff
}
