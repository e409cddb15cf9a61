// DNS messages from bytes to our own small typed form.
//
// Replies are read here rather than by dns-packet, since its decoder follows chains of
// pointers without a bound, ignores the stated length of address records, joins a label that
// contains a dot as if it were two, and leaves the extended response code to the caller.
import { type Cursor, readBytes, readName, readU16, readU32, u16 } from './cursor.ts'
import { classNumber, typeName, typeNumber } from './mnemonic.ts'
import type { Question } from './probe.ts'
import { readRdata } from './rdata.ts'

/** The least that a reply holds: its header (RFC 1035 section 4.1.1). */
export const HEADER_BYTES = 12

const MAX_MESSAGE_BYTES = 0xffff
/** A root name, type, class, TTL and an empty data length: no record is smaller. */
const MIN_RECORD_BYTES = 11
const MAX_TTL_S = 0x7fffffff
const TYPE_SOA = 6
const TYPE_OPT = 41
const OPTION_ERROR = 15
export const FLAG_RD = 0x0100
export const FLAG_AD = 0x0020

export type Decoded =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly why: string }

export interface Header {
  readonly id: number
  /** QR: set in replies. */
  readonly isReply: boolean
  readonly opcode: number
  readonly aa: boolean
  readonly tc: boolean
  readonly rd: boolean
  readonly ra: boolean
  readonly ad: boolean
  readonly cd: boolean
  /** The four low bits of the response code; a message's `rcode` is the whole of it. */
  readonly rcodeLow: number
}

export interface Message extends Header {
  /** The response code with the upper bits that the OPT record carries (RFC 6891 section 6.1.3). */
  readonly rcode: number
  /** The question that the message repeats, or null when it repeats none. */
  readonly question: EchoedQuestion | null
  readonly answers: readonly AnswerRecord[]
  /**
   * How long all of it may be kept, in seconds: the lowest TTL among the answers and that of the SOA
   * record of a negative one (RFC 2308 section 5); null where there is neither.
   */
  readonly ttlS: number | null
  /** Codes of extended DNS errors (RFC 8914), as they come. */
  readonly errors: readonly number[]
}

export interface EchoedQuestion {
  readonly name: string
  readonly type: string
  readonly class: number
}

export interface AnswerRecord {
  /** Owner name in presentation form, without the final dot. */
  readonly name: string
  readonly type: string
  readonly class: number
  readonly ttl: number
  /** Presentation form, names without their final dot. */
  readonly data: string
}

/** The header of a message of at least twelve bytes. */
export function decodeHeader(bytes: Uint8Array): Header {
  const flags = u16(bytes, 2)
  return {
    id: u16(bytes, 0),
    isReply: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 0xf,
    aa: (flags & 0x0400) !== 0,
    tc: (flags & 0x0200) !== 0,
    rd: (flags & FLAG_RD) !== 0,
    ra: (flags & 0x0080) !== 0,
    ad: (flags & FLAG_AD) !== 0,
    cd: (flags & 0x0010) !== 0,
    rcodeLow: flags & 0xf,
  }
}

/** How the question section relates to what was asked. */
export type Echo = 'same' | 'different' | 'absent' | 'unreadable'

/**
 * Compares a reply's question with what was asked: names without regard to case (RFC 4343),
 * byte by byte, so that no way of writing a name can make two of them look alike.
 */
export function questionEcho(bytes: Uint8Array, question: Question): Echo {
  const count = u16(bytes, 4)
  if (count === 0) return 'absent'
  if (count !== 1) return 'different'
  const after = matchName(bytes, HEADER_BYTES, question.name)
  if (after === null) {
    const cursor = { bytes, at: HEADER_BYTES, end: bytes.length }
    return readName(cursor) === null || cursor.at + 4 > bytes.length ? 'unreadable' : 'different'
  }
  if (after + 4 > bytes.length) return 'unreadable'
  const same =
    u16(bytes, after) === typeNumber(question.type) &&
    u16(bytes, after + 2) === classNumber(question.class)
  return same ? 'same' : 'different'
}

/**
 * Reads a whole message. The work is bounded by its length whatever it contains, and every byte
 * must be accounted for: counts that promise more than there is and bytes left over are errors.
 */
export function decodeReply(bytes: Uint8Array): Decoded {
  if (bytes.length < HEADER_BYTES) return failed(`${bytes.length} bytes are no DNS message`)
  if (bytes.length > MAX_MESSAGE_BYTES) return failed('it is longer than 65535 bytes')
  const questions = u16(bytes, 4)
  const answers = u16(bytes, 6)
  const others = u16(bytes, 8)
  const additionals = u16(bytes, 10)
  if (questions > 1) return failed(`it has ${questions} questions`)
  const records = answers + others + additionals
  if (HEADER_BYTES + records * MIN_RECORD_BYTES > bytes.length) {
    return failed(`it cannot hold the ${records} records that it announces`)
  }
  const cursor: Cursor = { bytes, at: HEADER_BYTES, end: bytes.length }
  const question = questions === 1 ? readQuestion(cursor) : null
  if (questions === 1 && question === null) return failed('its question cannot be read')
  const answerList = readAnswers(cursor, answers)
  if (typeof answerList === 'string') return failed(answerList)
  const rest = readRest(cursor, others, additionals)
  if (typeof rest === 'string') return failed(rest)
  if (cursor.at !== bytes.length) return failed(`${bytes.length - cursor.at} bytes are left over`)
  const header = decodeHeader(bytes)
  const rcode = (rest.rcodeHigh << 4) | header.rcodeLow
  const ttlS = lowest([...answerList.map((answer) => answer.ttl), ...rest.soaTtls])
  const { errors } = rest
  return { ok: true, message: { ...header, rcode, question, answers: answerList, ttlS, errors } }
}

function lowest(ttls: readonly number[]): number | null {
  return ttls.length === 0 ? null : Math.min(...ttls)
}

function failed(why: string): Decoded {
  return { ok: false, why }
}

function readQuestion(cursor: Cursor): EchoedQuestion | null {
  const name = readName(cursor)
  const type = readU16(cursor)
  const klass = readU16(cursor)
  if (name === null || type === null || klass === null) return null
  return { name, type: typeName(type), class: klass }
}

function readAnswers(cursor: Cursor, count: number): AnswerRecord[] | string {
  const records: AnswerRecord[] = []
  for (let i = 0; i < count; i++) {
    const head = readRecordHead(cursor)
    if (head === null) return `answer ${i + 1} cannot be read`
    const type = typeName(head.type)
    const messageEnd = cursor.end
    cursor.end = head.dataEnd
    const data = readRdata(cursor, type)
    if (data === null) return `the data of answer ${i + 1} is not that of type ${type}`
    cursor.at = head.dataEnd
    cursor.end = messageEnd
    records.push({ name: head.name, type, class: head.class, ttl: head.ttl, data })
  }
  return records
}

/** What the records after the answers say. */
interface Rest {
  /** The upper eight bits of the response code, with which an OPT record's TTL begins. */
  rcodeHigh: number
  readonly soaTtls: number[]
  errors: readonly number[]
}

/** Reads what is of use of authority and additional records, and passes over all else. */
function readRest(cursor: Cursor, others: number, additionals: number): Rest | string {
  const rest: Rest = { rcodeHigh: 0, soaTtls: [], errors: [] }
  let hasOpt = false
  for (let i = 0; i < others + additionals; i++) {
    const head = readRecordHead(cursor)
    if (head === null) return 'a record after the answers cannot be read'
    const data = { ...cursor, end: head.dataEnd }
    cursor.at = head.dataEnd
    if (head.type === TYPE_SOA && i < others) rest.soaTtls.push(head.ttl)
    if (head.type !== TYPE_OPT) continue
    if (i < others || head.name !== '.') return 'its OPT record is out of place'
    if (hasOpt) return 'it has more than one OPT record'
    hasOpt = true
    rest.rcodeHigh = head.rawTtl >>> 24
    const errors = readErrors(data)
    if (errors === null) return 'the options of its OPT record cannot be read'
    rest.errors = errors
  }
  return rest
}

/** The extended errors among an OPT record's options (RFC 6891 section 6.1.2, RFC 8914 section 2). */
function readErrors(cursor: Cursor): readonly number[] | null {
  const errors: number[] = []
  while (cursor.at < cursor.end) {
    const code = readU16(cursor)
    const length = readU16(cursor)
    const data = length === null ? null : readBytes(cursor, length)
    if (data === null || (code === OPTION_ERROR && data.length < 2)) return null
    if (code === OPTION_ERROR) errors.push(u16(data, 0))
  }
  return errors
}

interface RecordHead {
  readonly name: string
  readonly type: number
  readonly class: number
  /** Seconds. */
  readonly ttl: number
  /** The same bits, for an OPT record, which has no TTL. */
  readonly rawTtl: number
  readonly dataEnd: number
}

function readRecordHead(cursor: Cursor): RecordHead | null {
  const name = readName(cursor)
  if (name === null) return null
  const type = readU16(cursor)
  const klass = readU16(cursor)
  const rawTtl = readU32(cursor)
  const length = readU16(cursor)
  if (type === null || klass === null || rawTtl === null || length === null) return null
  const dataEnd = cursor.at + length
  // One with its highest bit set counts as zero (RFC 2181 section 8).
  const ttl = rawTtl > MAX_TTL_S ? 0 : rawTtl
  return dataEnd > cursor.end ? null : { name, type, class: klass, ttl, rawTtl, dataEnd }
}

/** Where the name that begins at `start` ends, if it is `name` and uncompressed; else null. */
function matchName(bytes: Uint8Array, start: number, name: string): number | null {
  let at = start
  let from = 0
  while (name !== '.' && from < name.length) {
    const dot = name.indexOf('.', from)
    const end = dot < 0 ? name.length : dot
    const length = end - from
    if (bytes[at] !== length || at + 1 + length > bytes.length) return null
    at += 1
    for (; from < end; from++, at++) {
      if (lower(bytes[at] ?? 0) !== lower(name.charCodeAt(from))) return null
    }
    from = end + 1
  }
  return bytes[at] === 0 ? at + 1 : null
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte
}
