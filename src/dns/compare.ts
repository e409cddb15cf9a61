// Compares record data in presentation form, whichever of its many spellings people chose.
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './address-text.ts'
import { type Field, layoutOf, quoted } from './rdata.ts'

interface Token {
  /** As it was written. */
  readonly raw: string
  /** Its bytes after escapes, for character strings. */
  readonly bytes: readonly number[]
  readonly quoted: boolean
}

const UNSIGNED_MAX = { u8: 0xff, u16: 0xffff, u32: 0xffffffff } as const

/**
 * The one spelling of a type's data that all its spellings are turned into: canonical addresses,
 * lower-case names without their final dot, quoted strings. Null when the text does not fit the
 * type. Types known only as bytes take the form of RFC 3597 section 5 ("\# 2 0102").
 */
export function canonicalRdata(type: string, text: string): string | null {
  const tokens = tokensOf(text)
  if (tokens === null || tokens.length === 0) return null
  if (tokens[0]?.raw === '\\#' && !tokens[0].quoted) return canonicalOpaque(tokens)
  const layout = layoutOf(type)
  if (layout === null) return null
  const parts: string[] = []
  for (const [i, field] of layout.entries()) {
    const taken = field.startsWith('rest-') ? tokens.slice(i) : tokens.slice(i, i + 1)
    const part = taken.length === 0 ? null : canonicalField(field, taken)
    if (part === null) return null
    parts.push(part)
  }
  const open = layout.at(-1)?.startsWith('rest-') ?? false
  return open || tokens.length === layout.length ? parts.join(' ') : null
}

/**
 * Whether a record's data is what was expected. Text records may also be expected without quotes:
 * that is compared with all of the record's strings joined, as SPF and DKIM read them.
 */
export function sameRdata(type: string, expected: string, data: string): boolean {
  if ((type === 'TXT' || type === 'SPF') && !expected.includes('"')) {
    return joinedText(data) === quoted(unescaped(expected))
  }
  const canonical = canonicalRdata(type, expected)
  return canonical !== null && canonical === canonicalRdata(type, data)
}

function joinedText(data: string): string | null {
  const tokens = tokensOf(data)
  return tokens === null ? null : quoted(tokens.flatMap((token) => token.bytes))
}

function canonicalField(field: Field, tokens: readonly Token[]): string | null {
  const first = tokens[0]
  if (first === undefined) return null
  switch (field) {
    case 'ipv4': {
      const bytes = parseIpv4(first.raw)
      return bytes && formatIpv4(bytes)
    }
    case 'ipv6': {
      const bytes = parseIpv6(first.raw)
      return bytes && formatIpv6(bytes)
    }
    case 'name':
      return canonicalName(first.raw)
    case 'u8':
    case 'u16':
    case 'u32':
      return canonicalNumber(first.raw, UNSIGNED_MAX[field])
    case 'tag':
      return first.raw.toLowerCase()
    case 'string':
      return quoted(first.bytes)
    case 'rest-strings':
      return tokens.map((token) => quoted(token.bytes)).join(' ')
    case 'rest-quoted':
      return tokens.length === 1 ? quoted(first.bytes) : null
    case 'rest-hex': {
      const hex = joinedRaw(tokens).toLowerCase()
      return /^([0-9a-f]{2})+$/.test(hex) ? hex : null
    }
    case 'rest-base64': {
      const base64 = joinedRaw(tokens)
      return /^[0-9A-Za-z+/]+={0,2}$/.test(base64) ? base64 : null
    }
    default:
      return field satisfies never
  }
}

function joinedRaw(tokens: readonly Token[]): string {
  return tokens.map((token) => token.raw).join('')
}

/** A name in lower case without its final dot; the root stays ".". */
export function canonicalName(name: string): string {
  const lower = name.toLowerCase()
  if (lower.length < 2 || !lower.endsWith('.')) return lower
  const slashes = /\\*$/.exec(lower.slice(0, -1))?.[0].length ?? 0
  // After an odd number of backslashes the dot belongs to the last label.
  return slashes % 2 === 1 ? lower : lower.slice(0, -1)
}

function canonicalNumber(text: string, highest: number): string | null {
  if (!/^\d{1,10}$/.test(text) || Number(text) > highest) return null
  return String(Number(text))
}

function canonicalOpaque(tokens: readonly Token[]): string | null {
  const length = canonicalNumber(tokens[1]?.raw ?? '', 0xffff)
  const hex = joinedRaw(tokens.slice(2)).toLowerCase()
  if (length === null || !/^([0-9a-f]{2})*$/.test(hex) || hex.length !== 2 * Number(length)) {
    return null
  }
  return hex === '' ? '\\# 0' : `\\# ${length} ${hex}`
}

/** Words and quoted strings, as a zone file has them (RFC 1035 section 5.1); null if one never ends. */
function tokensOf(text: string): Token[] | null {
  const tokens: Token[] = []
  const pattern = /\s*(?:"((?:[^"\\]|\\.)*)"|((?:[^\s"\\]|\\.)+))/sy
  let at = 0
  const end = text.trimEnd().length
  while (at < end) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match === null) return null
    const raw = match[1] ?? match[2] ?? ''
    tokens.push({ raw, bytes: unescaped(raw), quoted: match[1] !== undefined })
    at = pattern.lastIndex
  }
  return tokens
}

function unescaped(raw: string): number[] {
  const bytes: number[] = []
  const encoder = new TextEncoder()
  for (const [piece] of raw.matchAll(/\\\d{3}|\\?./gsu)) {
    if (/^\\\d{3}$/.test(piece)) bytes.push(Number(piece.slice(1)) & 0xff)
    else bytes.push(...encoder.encode(piece.startsWith('\\') ? piece.slice(1) : piece))
  }
  return bytes
}
