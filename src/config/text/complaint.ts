// A complaint before it has a place: what is wrong at which key, and what to type instead.
import type { ErrorCode } from './codes.ts'

export type KeyPath = readonly (string | number)[]

export interface Complaint {
  readonly code: ErrorCode
  /** One line, no final stop. */
  readonly text: string
  /** What to type, or where to look. */
  readonly hint: string
  /** What the caret underlines: the key's name or its value. The default is the value. */
  readonly at?: 'key' | 'value'
}

/** A complaint about the value or key at a path of the document. */
export interface PlacedComplaint extends Complaint {
  readonly path: KeyPath
}

/** The line, from 1, where a key or value stands; for "the first is on line 7". */
export type LineOf = (path: KeyPath) => number

/** What came of reading one value. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly complaint: Complaint }

/** A reading that succeeded. */
export function good<T>(value: T): Reading<T> {
  return { ok: true, value }
}

/** A reading that failed. */
export function bad(code: ErrorCode, text: string, hint: string): Reading<never> {
  return { ok: false, complaint: { code, text, hint } }
}

const QUOTED_LENGTH = 60

/** A value of the input in quotes, cut to a length that fits a line. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH)}…` : text)
}
