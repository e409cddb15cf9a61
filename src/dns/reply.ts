// What one reply comes to: a ladder of checks, each rung with the outcome that it leads to.
import { canonicalName, sameRdata } from './compare.ts'
import { u16 } from './cursor.ts'
import {
  type AnswerRecord,
  decodeHeader,
  decodeReply,
  HEADER_BYTES,
  type Message,
  questionEcho,
} from './message.ts'
import { classNumber, rcodeName, rcodeNumber, typeName, typeNumber } from './mnemonic.ts'
import type { Expectation, QueryOutcome, Question } from './probe.ts'

/** What was asked, and what must come back. */
export interface SentQuery {
  readonly id: number
  readonly question: Question
  readonly expect: Expectation
  /** Whether the contents of an answer that is as expected are wanted as well. */
  readonly wantsRecords?: boolean
}

export type Classified =
  /** The answer to this query. */
  | {
      readonly kind: 'answer'
      readonly outcome: QueryOutcome
      readonly detail?: string
      /** Data of the asked type, in order of their text; with `ok` alone, where it was asked for. */
      readonly records?: readonly string[]
      /** With `ok` alone: how long it may still be kept, in seconds; left out where it cannot be. */
      readonly ttlS?: number
    }
  /** The answer to this query, cut off: ask again over TCP. */
  | { readonly kind: 'truncated' }
  /** No answer to this query; the true one may still come. */
  | { readonly kind: 'foreign'; readonly why: string }

const RCODE_NOERROR = 0
const RCODE_SERVFAIL = 2

/**
 * Extended errors (RFC 8914 section 4) by which a server says that it could reach nobody who knows:
 * what it answers is kept from before, or made without them.
 */
const STALE_ERRORS: ReadonlyMap<number, string> = new Map([
  [3, 'Stale Answer'],
  [19, 'Stale NXDOMAIN Answer'],
  [22, 'No Reachable Authority'],
])

/**
 * Judges one reply, from the outside in: length, id, QR, opcode, question, TC, the whole message,
 * response code, flags, contents. Never throws; `ok` means that every rung held.
 */
export function classifyReply(bytes: Uint8Array, asked: SentQuery): Classified {
  if (bytes.length < 2) return { kind: 'foreign', why: `a reply of ${bytes.length} bytes` }
  if (u16(bytes, 0) !== asked.id) return { kind: 'foreign', why: 'a reply with another id' }
  if (bytes.length < HEADER_BYTES) return answer('malformed', `only ${bytes.length} bytes`)
  const header = decodeHeader(bytes)
  if (!header.isReply) return answer('malformed', 'a query came back')
  if (header.opcode !== 0) return answer('malformed', `opcode ${header.opcode}`)
  const echo = questionEcho(bytes, asked.question)
  if (echo === 'unreadable') return answer('malformed', 'its question cannot be read')
  if (echo === 'different') return { kind: 'foreign', why: 'a reply to another question' }
  if (echo === 'absent' && header.rcodeLow === RCODE_NOERROR) {
    return { kind: 'foreign', why: 'a reply without a question' }
  }
  if (header.tc) return { kind: 'truncated' }
  const decoded = decodeReply(bytes)
  if (!decoded.ok) return answer('malformed', decoded.why)
  return classifyMessage(decoded.message, asked)
}

/** The rungs that need the whole message. */
function classifyMessage(message: Message, asked: SentQuery): Classified {
  const { expect } = asked
  const stale = staleWords(message)
  if (message.rcode !== rcodeNumber(expect.rcode)) {
    const outcome = message.rcode === RCODE_SERVFAIL ? 'servfail' : 'wrong-rcode'
    const got = `got ${rcodeName(message.rcode)}${stale === null ? '' : ` (${stale})`}`
    return answer(outcome, `${got}, expected ${expect.rcode}`)
  }
  // A server may leave out the question when it could not read it, but then nothing was answered.
  if (message.question === null) return { kind: 'foreign', why: 'a reply without a question' }
  for (const flag of expect.flags) {
    if (!message[flag]) return answer('wrong-flags', `${flag.toUpperCase()} is not set`)
  }
  const judged = classifyContents(message, asked)
  if (judged.outcome !== 'ok') return judged
  if (stale !== null) return answer('stale', stale)
  return message.ttlS === null ? judged : { ...judged, ttlS: message.ttlS }
}

/** "Stale Answer", or null where the server does not say that it reached nobody. */
function staleWords({ errors }: Message): string | null {
  for (const code of errors) {
    const words = STALE_ERRORS.get(code)
    if (words !== undefined) return words
  }
  return null
}

function classifyContents(message: Message, asked: SentQuery): Judged {
  const { question, expect, wantsRecords = false } = asked
  if (expect.minAnswers === 0 && expect.contains.length === 0 && !wantsRecords) return answer('ok')
  const records = answersTo(message, question)
  if (records.length < expect.minAnswers) {
    const found = `only ${records.length} records of type ${question.type}`
    return answer('wrong-answer', `${found}, at least ${expect.minAnswers} expected`)
  }
  for (const expected of expect.contains) {
    const found = records.some((record) => sameRdata(record.type, expected, record.data))
    if (!found) return answer('wrong-answer', `no record of type ${question.type} is ${expected}`)
  }
  if (!wantsRecords) return answer('ok')
  return { ...answer('ok'), records: records.map((record) => record.data).toSorted() }
}

/** The records of the asked type that belong to the asked name, or to where its aliases lead. */
function answersTo(message: Message, question: Question): AnswerRecord[] {
  const inClass = message.answers.filter((record) => record.class === classNumber(question.class))
  const aliases = new Map<string, string>()
  for (const record of inClass) {
    if (record.type === 'CNAME') aliases.set(canonicalName(record.name), canonicalName(record.data))
  }
  const names = new Set<string>()
  let name: string | undefined = canonicalName(question.name)
  while (name !== undefined && !names.has(name)) {
    names.add(name)
    name = aliases.get(name)
  }
  const type = typeName(typeNumber(question.type) ?? 0)
  return inClass.filter(
    (record) => (type === 'ANY' || type === record.type) && names.has(canonicalName(record.name)),
  )
}

type Judged = Extract<Classified, { kind: 'answer' }>

function answer(outcome: QueryOutcome, detail?: string): Judged {
  return detail === undefined ? { kind: 'answer', outcome } : { kind: 'answer', outcome, detail }
}
