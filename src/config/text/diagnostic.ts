// One complaint about an input file, with its place and remedy.

/** A position in a text, both counted from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface Diagnostic extends Position {
  /** The file as the operator named it. */
  readonly file: string
  /** Stable upper-case code, such as E_UNKNOWN_KEY. */
  readonly code: string
  readonly text: string
  /** What to do about it, such as `did you mean "pools"?` */
  readonly hint?: string
  /** The offending line, for the caret. */
  readonly sourceLine?: string
  /** How many columns the caret underlines. */
  readonly width?: number
}

/** The value or all complaints: never both. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }
