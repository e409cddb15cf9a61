// IP addresses: parsed strictly, printed in the one canonical form.
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
