// Queries as bytes: the one file that knows dns-packet.
import { encode } from 'dns-packet'
import { FLAG_AD, FLAG_RD } from './message.ts'
import { typeNumber } from './mnemonic.ts'
import type { Question } from './probe.ts'

/** What we say that we can take over UDP: what fits all paths unfragmented (DNS flag day 2020). */
const UDP_PAYLOAD_BYTES = 1232
const MAX_NAME_TEXT = 253
const MAX_LABEL_BYTES = 63

export type Encoded =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly why: string }

/**
 * A query with one question and an OPT record. RD is set, and so is AD, which asks a validating
 * resolver to say whether it validated (RFC 6840 section 5.7).
 *
 * @param id 0 to 65535; the first two bytes of the result
 */
export function encodeQuery(question: Question, id: number): Encoded {
  const why = questionFault(question)
  if (why !== null) return { ok: false, why }
  // dns-packet's types list fewer types than it can write: "UNKNOWN_n" writes any of them.
  const type = `UNKNOWN_${typeNumber(question.type)}` as 'A'
  const opt = { udpPayloadSize: UDP_PAYLOAD_BYTES, extendedRcode: 0, ednsVersion: 0, options: [] }
  const bytes = encode({
    id,
    flags: FLAG_RD | FLAG_AD,
    questions: [{ name: question.name, type, class: question.class }],
    additionals: [{ type: 'OPT', name: '.', flags: 0, flag_do: false, ...opt }],
  })
  return { ok: true, bytes: Uint8Array.from(bytes) }
}

/** Why a question cannot be asked, or null when it can: what dns-packet does not check. */
export function questionFault(question: Question): string | null {
  const { name, type } = question
  if (typeNumber(type) === null) return `"${type}" is no record type`
  if (name === '.') return null
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this looks for.
  if (/[\\\x00-\x20\x7f-\uffff]/.test(name)) return 'names are plain ASCII, without escapes'
  if (name.length > MAX_NAME_TEXT) return `a name has at most ${MAX_NAME_TEXT} characters`
  for (const label of name.split('.')) {
    if (label.length === 0) return 'a label is empty'
    if (label.length > MAX_LABEL_BYTES) return `a label has at most ${MAX_LABEL_BYTES} characters`
  }
  return null
}
