// Names for the numbers of DNS: record types and response codes, as IANA lists them.
import type { Question } from './probe.ts'

const TYPES: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  NULL: 10,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  SIG: 24,
  KEY: 25,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  ANY: 255,
  URI: 256,
  CAA: 257,
}

const RCODES: Readonly<Record<string, number>> = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
  BADCOOKIE: 23,
}

const TYPE_NAMES = inverted(TYPES)
const RCODE_NAMES = inverted(RCODES)

/** All record types that have a name here. */
export const TYPE_MNEMONICS: readonly string[] = Object.keys(TYPES)

/** All response codes that have a name here. */
export const RCODE_MNEMONICS: readonly string[] = Object.keys(RCODES)

/** The number of a type such as "AAAA" or "TYPE65" (RFC 3597 section 5), or null if it is none. */
export function typeNumber(mnemonic: string): number | null {
  if (Object.hasOwn(TYPES, mnemonic)) return TYPES[mnemonic] ?? null
  return numbered(mnemonic, 'TYPE', 0xffff)
}

/** The type's name, or "TYPE1234" when it has none here. */
export function typeName(type: number): string {
  return TYPE_NAMES.get(type) ?? `TYPE${type}`
}

/** The number of a response code such as "NXDOMAIN" or "RCODE12", or null if it is none. */
export function rcodeNumber(mnemonic: string): number | null {
  if (Object.hasOwn(RCODES, mnemonic)) return RCODES[mnemonic] ?? null
  return numbered(mnemonic, 'RCODE', 0xfff)
}

/** The response code's name, or "RCODE1234" when it has none here. */
export function rcodeName(rcode: number): string {
  return RCODE_NAMES.get(rcode) ?? `RCODE${rcode}`
}

/** The number of a class (RFC 1035 section 3.2.4). */
export function classNumber(name: Question['class']): number {
  return name === 'CH' ? 3 : 1
}

function numbered(mnemonic: string, prefix: string, highest: number): number | null {
  if (!mnemonic.startsWith(prefix)) return null
  const digits = mnemonic.slice(prefix.length)
  if (!/^\d{1,5}$/.test(digits)) return null
  const value = Number(digits)
  return value <= highest ? value : null
}

function inverted(names: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(names).map(([name, number]) => [number, name]))
}
