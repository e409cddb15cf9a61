// Readers of single values: from what the TOML parser returns to what the config holds.

import { bad, good, quoted, type Reading } from './text/complaint.ts'
import { didYouMean } from './text/suggest.ts'
import { type DurationBounds, readDuration } from './values/duration.ts'
import {
  canonicalAddress,
  contains,
  formatCidr,
  formatIp,
  hasHostBits,
  type Ip,
  isLinkLocalV6,
  networkOf,
  parseCidr,
} from './values/ip.ts'

export type Reader<T> = (value: unknown) => Reading<T>

/** A TOML table, as opposed to arrays and dates, which are objects too. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  // The parser's tables have no prototype at all.
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** A value as TOML calls it: `integer 1`, `string "a"`, `a table`. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return `string ${quoted(value)}`
  if (typeof value === 'number') return `${Number.isInteger(value) ? 'integer' : 'float'} ${value}`
  if (typeof value === 'boolean') return `boolean ${value}`
  if (Array.isArray(value)) return 'an array'
  return isTable(value) ? 'a table' : 'a date or time'
}

/** A value of the wrong type. */
export function wrongType(expected: string, value: unknown, hint: string): Reading<never> {
  return bad('E_TYPE', `expected ${expected}, got ${describeValue(value)}`, hint)
}

/** A string that `read` understands. */
export function textAs<T>(
  expected: string,
  read: (text: string) => Reading<T>,
  hintFor: (value: unknown) => string = quoteHint,
): Reader<T> {
  return (value) =>
    typeof value === 'string' ? read(value) : wrongType(expected, value, hintFor(value))
}

/** Milliseconds from a duration within bounds. */
export function durationReader(bounds: DurationBounds): Reader<number> {
  return textAs(
    'a duration such as "1s"',
    (text) => readDuration(text, bounds),
    (value) => numberAsDurationHint(value, bounds),
  )
}

/** A bare number may mean seconds or milliseconds: whatever the bounds allow. */
function numberAsDurationHint(value: unknown, bounds: DurationBounds): string {
  // A table has no text, not even for an error.
  const number = typeof value === 'number' ? value : ''
  const meant = [`${number}s`, `${number}ms`].filter((text) => readDuration(text, bounds).ok)
  const texts = meant.length > 0 ? meant : ['1s']
  return `write a duration in quotes: ${texts.map((text) => `"${text}"`).join(' or ')}`
}

/** A whole number within bounds, both inclusive. */
export function integerReader(least: number, most: number): Reader<number> {
  return (value) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      const asNumber = typeof value === 'string' && /^\d{1,9}$/.test(value) ? value : null
      const hint =
        asNumber === null
          ? `write a whole number from ${least} to ${most}`
          : `write ${asNumber} without quotes`
      return wrongType('a whole number', value, hint)
    }
    if (value >= least && value <= most) return good(value)
    const hint = `write a number from ${least} to ${most}`
    return bad('E_RANGE', `${value} is out of range: ${least} to ${most}`, hint)
  }
}

/** `true` or `false`. */
export const readBoolean: Reader<boolean> = (value) => {
  if (typeof value === 'boolean') return good(value)
  const word = typeof value === 'string' ? value.toLowerCase() : ''
  const isYes = ['true', 'yes', 'on'].includes(word)
  const isNo = ['false', 'no', 'off'].includes(word)
  const hint = isYes ? 'write true' : isNo ? 'write false' : 'write true or false'
  return wrongType('true or false', value, hint)
}

/** One of a closed list of words. */
export function choiceReader<T extends string>(words: readonly T[]): Reader<T> {
  const isShort = words.length <= 4
  const [last, ...others] = words.map((word) => `"${word}"`).toReversed()
  const listed = others.length === 0 ? `${last}` : `${others.toReversed().join(', ')} or ${last}`
  const expected = isShort ? listed : `one of ${words.join(', ')}`
  return textAs(expected, (text) => {
    const word = words.find((candidate) => candidate === text)
    if (word !== undefined) return good(word)
    return bad(
      'E_CHOICE',
      `${quoted(text)} is not ${expected}`,
      didYouMean(text, words, `use ${expected}`),
    )
  })
}

/** A text of at least one character. */
export const readNonEmpty: Reader<string> = textAs('a text', (text) =>
  text === '' ? bad('E_EMPTY', 'this text is empty', 'write something, or remove it') : good(text),
)

/** An absolute path. */
export const readPath: Reader<string> = textAs('a path', (text) => {
  if (text.startsWith('/')) return good(text)
  const hint = text === '' ? 'write a path that begins with "/"' : `write ${quoted(`/${text}`)}`
  return bad('E_PATH', `${quoted(text)} is not an absolute path`, hint)
})

export interface AddressAsWritten {
  /** The canonical address. */
  readonly address: string
  readonly prefixLength: number | null
}

/** A service address, prefix length optional. */
export const readServiceAddress: Reader<AddressAsWritten> = textAs('an address', (text) => {
  const cidr = parseCidr(text)
  if (cidr === null) return bad('E_ADDRESS', `${quoted(text)} is not an address`, addressHint(text))
  const why = whyNoServiceAddress(cidr.address)
  const prefixLength = text.includes('/') ? cidr.prefixLength : null
  if (why === null) return good({ address: formatIp(cidr.address), prefixLength })
  const hint = 'list the addresses that clients send their queries to'
  return bad('E_ADDRESS', `${quoted(text)} cannot be a service address: it is ${why}`, hint)
})

function whyNoServiceAddress(ip: Ip): string | null {
  const [first = 0] = ip.bytes
  const isZero = ip.bytes.every((byte) => byte === 0)
  if (isZero) return 'the unspecified address'
  if (ip.family === 4) {
    if (first === 0) return 'in 0.0.0.0/8, to which nobody can send'
    if (first === 127) return 'a loopback address'
    if (first >= 240) return 'reserved'
    return first >= 224 ? 'a multicast address' : null
  }
  if (first === 0xff) return 'a multicast address'
  if (isLinkLocalV6(ip.bytes)) return 'link-local'
  if (formatIp(ip) === '::1') return 'a loopback address'
  if (DISCARD !== null && contains(DISCARD, ip)) return 'in 100::/64, which routers discard'
  return standsForV4(ip) ? 'an IPv4 address in the form of IPv6, which no packet carries' : null
}

/** RFC 4291 section 2.5.5: ::/96 and ::ffff:0:0/96. */
const V4_IN_V6 = [parseCidr('::/96'), parseCidr('::ffff:0:0/96')]

/** RFC 6666. */
const DISCARD = parseCidr('100::/64')

function standsForV4(ip: Ip): boolean {
  return V4_IN_V6.some((cidr) => cidr !== null && contains(cidr, ip))
}

/** A network in CIDR form; a lone address is the network of that address. */
export const readNetwork: Reader<string> = textAs('a network such as "10.0.0.0/8"', (text) => {
  const cidr = parseCidr(text)
  if (cidr === null || cidr.address.zone !== null) {
    return bad(
      'E_CIDR',
      `${quoted(text)} is not a network`,
      'write it as "192.0.2.0/24" or "fe80::/10"',
    )
  }
  if (!hasHostBits(cidr)) return good(formatCidr(cidr))
  const network = formatCidr(networkOf(cidr))
  const single = formatIp(cidr.address)
  const hint = `write "${network}" for the network, or "${single}" for the one address`
  return bad('E_HOST_BITS', `${quoted(text)} has bits set beyond its prefix`, hint)
})

/**
 * Reads the name of an interface. One that was pasted with more than the name is refused with the name to
 * write, where that is accepted: "2: eth0: <UP>" is a line of `ip link`, "eth0@if26" an interface above
 * another one, "eth0:1" a label of an address.
 *
 * @param refuse what to say of a text, with a hint
 */
export function interfaceReader(
  refuse: (text: string, hint: string) => Reading<never>,
  read: (name: string) => Reading<string>,
): Reader<string> {
  return textAs('the name of an interface', (text) => {
    const [, index, name, rest] = /^(\d+:\s*)?([^\s/:@]+)([:@].*|\s*)$/.exec(text) ?? []
    if (name === undefined || name === text) return read(text)
    const meant = read(name)
    if (!meant.ok) return meant
    const isIndex = index !== undefined && rest?.trim() === ''
    const what = isIndex ? 'what stands before' : 'what follows'
    const hint = `write ${JSON.stringify(name)}: ${what} the name is ${isIndex ? 'its number' : trailing(rest)}`
    return refuse(text, hint)
  })
}

function trailing(rest = ''): string {
  if (rest.startsWith('@')) return 'the interface below it'
  return /^:\S/.test(rest) ? 'a label of an address' : 'no part of it'
}

/** A pattern of interface names, in which `*` matches any run of characters. */
export const readInterfacePattern = interfaceReader(
  (text, hint) => bad('E_PATTERN', `${quoted(text)} cannot match any interface`, hint),
  (text) => {
    const fail = (why: string, hint: string) => bad('E_PATTERN', `${quoted(text)} ${why}`, hint)
    if (!/^[^\s/]+$/.test(text))
      return fail('cannot match any interface', 'write a name such as "docker*"')
    if (/^\*+$/.test(text)) {
      return fail('leaves no interface to probe', 'name the interfaces to leave out')
    }
    if (/[?[\]{}]/.test(text)) return fail('has a wildcard other than "*"', 'use "*" only')
    return good(text)
  },
)

function addressHint(text: string): string {
  const [address = '', prefix] = text.trim().split('/')
  const withoutZeros = address.replace(/(^|\.)0+(?=\d)/g, '$1')
  const mended = canonicalAddress(withoutZeros)
  if (mended === null) return 'write it as "192.0.2.53" or "2001:db8::53"'
  if (prefix === undefined) return `write "${mended}"`
  const withPrefix = parseCidr(`${mended}/${prefix}`)
  if (withPrefix !== null) return `write "${formatCidr(withPrefix)}"`
  const widest = mended.includes(':') ? 128 : 32
  return `write "${mended}" with a prefix length from 0 to ${widest}`
}

function quoteHint(value: unknown): string {
  return typeof value === 'number' ? `write "${value}"` : 'write a text in quotes'
}
