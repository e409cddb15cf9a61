// Networks in CIDR form, and which addresses they contain.
import { formatIp, type Ip, parseIp } from './ip.ts'

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
