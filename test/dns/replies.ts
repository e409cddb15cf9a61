// Builds replies for tests, with dns-packet or byte by byte, rather than with the code under test.
import { type Answer, encode, type OptAnswer, type PacketOpt } from 'dns-packet'
import type { Question } from '../../src/dns/probe.ts'

export const FLAG = { aa: 0x400, tc: 0x200, rd: 0x100, ra: 0x80, ad: 0x20 } as const

export interface ReplyShape {
  readonly id?: number
  readonly question?: Question | null
  readonly flags?: number
  /** The four low bits of the response code. */
  readonly rcode?: number
  /** Its upper eight bits, in an OPT record. */
  readonly extendedRcode?: number
  readonly answers?: readonly Answer[]
  readonly authorities?: readonly Answer[]
  /** Extended errors (RFC 8914), without words. */
  readonly errors?: readonly number[]
}

export const QUESTION: Question = { name: 'www.example.com', type: 'A', class: 'IN' }
export const ADDRESS: Answer = { type: 'A', name: QUESTION.name, ttl: 60, data: '192.0.2.1' }

/** A good answer to `QUESTION` with id 0x1234, except for what is stated. */
export function replyBytes(shape: ReplyShape = {}): Uint8Array {
  const { question = QUESTION, flags = FLAG.rd | FLAG.ra, rcode = 0, extendedRcode = 0 } = shape
  const opt: OptAnswer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: 1232,
    extendedRcode,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: (shape.errors ?? []).map((code) => {
      return { code: 15, data: Buffer.from([code >> 8, code & 0xff]) } as unknown as PacketOpt
    }),
  }
  return Uint8Array.from(
    encode({
      id: shape.id ?? 0x1234,
      type: 'response',
      flags: flags | rcode,
      questions: question === null ? [] : [{ ...question, type: question.type as 'A' }],
      answers: [...(shape.answers ?? [ADDRESS])],
      authorities: [...(shape.authorities ?? [])],
      additionals: [opt],
    }),
  )
}

/** A copy with some bytes replaced. */
export function patched(bytes: Uint8Array, changes: Readonly<Record<number, number>>): Uint8Array {
  const copy = bytes.slice()
  for (const [at, value] of Object.entries(changes)) copy[Number(at)] = value
  return copy
}

/** Bytes from hexadecimal digits, which may be spaced. */
export const hex = (text: string) => Uint8Array.fromHex(text.replaceAll(' ', ''))

/** A header of one question and `answers` answers, the root's SOA question, then `rest`. */
export const withAnswers = (answers: number, rest: string) =>
  hex(`1234 8180 0001 ${answers.toString(16).padStart(4, '0')} 0000 0000 00 0006 0001 ${rest}`)
