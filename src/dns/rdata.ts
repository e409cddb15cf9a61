// Record data from wire to presentation form, by a table of what each type is made of.
import { formatIpv4, formatIpv6 } from './address-text.ts'
import { type Cursor, printable, readBytes, readName, readU8, readU16, readU32 } from './cursor.ts'

/** What a type's data is made of; a "rest" field takes all that is left and can only come last. */
export type Field =
  | 'ipv4'
  | 'ipv6'
  | 'name'
  | 'u8'
  | 'u16'
  | 'u32'
  | 'string'
  | 'tag'
  | 'rest-strings'
  | 'rest-quoted'
  | 'rest-hex'
  | 'rest-base64'

const KEY: readonly Field[] = ['u16', 'u8', 'u8', 'rest-base64']
const DIGEST: readonly Field[] = ['u16', 'u8', 'u8', 'rest-hex']
const CERTIFICATE: readonly Field[] = ['u8', 'u8', 'u8', 'rest-hex']

const LAYOUTS: ReadonlyMap<string, readonly Field[]> = new Map<string, readonly Field[]>([
  ['A', ['ipv4']],
  ['AAAA', ['ipv6']],
  ['NS', ['name']],
  ['CNAME', ['name']],
  ['PTR', ['name']],
  ['DNAME', ['name']],
  ['SOA', ['name', 'name', 'u32', 'u32', 'u32', 'u32', 'u32']],
  ['MX', ['u16', 'name']],
  ['AFSDB', ['u16', 'name']],
  ['KX', ['u16', 'name']],
  ['SRV', ['u16', 'u16', 'u16', 'name']],
  ['RP', ['name', 'name']],
  ['NAPTR', ['u16', 'u16', 'string', 'string', 'string', 'name']],
  ['HINFO', ['string', 'string']],
  ['TXT', ['rest-strings']],
  ['SPF', ['rest-strings']],
  ['CAA', ['u8', 'tag', 'rest-quoted']],
  ['URI', ['u16', 'u16', 'rest-quoted']],
  ['DS', DIGEST],
  ['CDS', DIGEST],
  ['DNSKEY', KEY],
  ['CDNSKEY', KEY],
  ['TLSA', CERTIFICATE],
  ['SMIMEA', CERTIFICATE],
  ['SSHFP', ['u8', 'u8', 'rest-hex']],
])

/** The fields of a type's data, or null for a type that is only known as bytes (RFC 3597). */
export function layoutOf(type: string): readonly Field[] | null {
  return LAYOUTS.get(type) ?? null
}

/**
 * The data that ends at the cursor's end, in presentation form, or null when its length or its
 * contents do not fit the type. Types without a layout come in the form of RFC 3597 section 5.
 */
export function readRdata(cursor: Cursor, type: string): string | null {
  const layout = LAYOUTS.get(type)
  if (layout === undefined) return readOpaque(cursor)
  let text = ''
  for (const field of layout) {
    const part = readField(cursor, field)
    if (part === null) return null
    text += text === '' ? part : ` ${part}`
  }
  return cursor.at === cursor.end ? text : null
}

/** Bytes as a quoted string with escapes (RFC 1035 section 5.1). */
export function quoted(bytes: Iterable<number>): string {
  let text = '"'
  for (const byte of bytes) {
    if (byte === 0x20) text += ' '
    else if (byte === 0x22 || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`
    else text += printable(byte)
  }
  return `${text}"`
}

function readField(cursor: Cursor, field: Field): string | null {
  switch (field) {
    case 'ipv4':
      return mapped(readBytes(cursor, 4), (bytes) => formatIpv4(bytes))
    case 'ipv6':
      return mapped(readBytes(cursor, 16), (bytes) => formatIpv6(bytes))
    case 'name':
      return readName(cursor)
    case 'u8':
      return mapped(readU8(cursor), String)
    case 'u16':
      return mapped(readU16(cursor), String)
    case 'u32':
      return mapped(readU32(cursor), String)
    case 'string':
      return mapped(readString(cursor), quoted)
    case 'tag':
      return mapped(readString(cursor), (bytes) => [...bytes].map(printable).join(''))
    case 'rest-strings':
      return readStrings(cursor)
    case 'rest-quoted':
      return mapped(rest(cursor), quoted)
    case 'rest-hex':
      return mapped(rest(cursor), (bytes) => bytes.toHex())
    case 'rest-base64':
      return mapped(rest(cursor), (bytes) => bytes.toBase64())
    default:
      return field satisfies never
  }
}

function mapped<T>(value: T | null, render: (value: T) => string): string | null {
  return value === null ? null : render(value)
}

function rest(cursor: Cursor): Uint8Array | null {
  return readBytes(cursor, cursor.end - cursor.at)
}

function readString(cursor: Cursor): Uint8Array | null {
  const length = readU8(cursor)
  return length === null ? null : readBytes(cursor, length)
}

function readStrings(cursor: Cursor): string | null {
  const strings: string[] = []
  while (cursor.at < cursor.end) {
    const bytes = readString(cursor)
    if (bytes === null) return null
    strings.push(quoted(bytes))
  }
  return strings.length === 0 ? null : strings.join(' ')
}

function readOpaque(cursor: Cursor): string | null {
  const bytes = rest(cursor)
  if (bytes === null) return null
  return bytes.length === 0 ? '\\# 0' : `\\# ${bytes.length} ${bytes.toHex()}`
}
