// A key of the configuration: what it may be, its default, its words, and what the program calls it.
import type { Complaint, KeyPath } from './text/complaint.ts'

/** Takes a complaint about a value, or about what is at a path below it. */
export type ComplaintSink = (complaint: Complaint, below?: KeyPath) => void

/** What a value may be. */
export interface Schema<T> {
  /**
   * Reads a value; undefined where that cannot be done. Of a table or a list all is there that could
   * be read, and undefined stands for the rest: where nothing was reported, nothing is missing.
   */
  read(value: unknown, report: ComplaintSink): T | undefined
}

/** A document in which any value may be missing because it could not be read. */
export type DeepPartial<T> = T extends string | number | boolean
  ? T
  : T extends readonly (infer Item)[]
    ? readonly (DeepPartial<Item> | undefined)[]
    : { readonly [K in keyof T]?: DeepPartial<T[K]> | undefined }

/** A key of a table. */
export interface Key<S extends Schema<unknown> = Schema<unknown>, Absent = unknown> {
  readonly schema: S
  /** What a file without the key is taken to say: null or undefined for nothing, `REQUIRED` for an error. */
  readonly fallback: unknown
  /** What it is, and its bounds: the row of docs/reference/configuration.md, in Markdown. */
  readonly doc: string
  /** The default as that row shows it. */
  readonly shown: string
  /** Whether it is one that hardly anybody needs: the page has those in a section of their own. */
  readonly isTuning?: boolean
  /** Of types alone: what stands for a key that is not there. */
  readonly absent?: Absent
}

/** The fallback of a key that must be there. */
export const REQUIRED = Symbol('required')
const NOTHING = '–'

/**
 * A key with a default, as one would write it in the file, or null where without the key there is none.
 *
 * @param shown the default in words, where one cannot write it, or not in one word
 */
export function key<S extends Schema<unknown>, const D>(
  schema: S,
  fallback: D,
  doc = '',
  shown?: string,
): Key<S, D extends null ? null : never> {
  return { schema, fallback, doc, shown: shown ?? (fallback === null ? NOTHING : inToml(fallback)) }
}

/** A key that may be left out; what that means is said by other keys, or by the rules between them. */
export function optional<S extends Schema<unknown>>(
  schema: S,
  doc = '',
  shown = NOTHING,
): Key<S, undefined> {
  return { schema, fallback: undefined, doc, shown }
}

/** A key that must be there. */
export function required<S extends Schema<unknown>>(schema: S, doc = ''): Key<S, never> {
  return { schema, fallback: REQUIRED, doc, shown: NOTHING }
}

/** A key whose default suits nearly everybody. */
export function tuning<K extends Key>(key: K): K {
  return { ...key, isTuning: true }
}

/** A value as documentation shows it. */
export function inToml(value: unknown): string {
  return `\`${JSON.stringify(value).replaceAll(',', ', ')}\``
}

export type Keys = Readonly<Record<string, Key>>

/** `backoff_max` is `backoffMax`. */
type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name

type Unit<S> = S extends { readonly unit: infer U extends string } ? U : ''

/** What a key is called in the program: `backoff_max`, a duration, is `backoffMaxMs`. */
type Property<Name, K> = Name extends string
  ? K extends Key<infer S>
    ? `${CamelCase<Name>}${Unit<S>}`
    : never
  : never

type Value<K> = K extends Key<Schema<infer T>, infer Absent> ? T | Absent : never

/** A table that was read. */
export type TableOf<Ks extends Keys> = {
  readonly [Name in keyof Ks as Property<Name, Ks[Name]>]: Value<Ks[Name]>
}

/** What a schema reads. */
export type Output<S> = S extends Schema<infer T> ? T : never

/** What a key is called in the program. */
export function propertyOf(name: string, { schema }: Key): string {
  const { unit = '' } = schema as { readonly unit?: string }
  return `${name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())}${unit}`
}
