// What the schema is built of: tables, lists and single values.
import {
  type ComplaintSink,
  type Keys,
  type Output,
  propertyOf,
  REQUIRED,
  type Schema,
  type TableOf,
} from './key.ts'
import {
  choiceReader,
  describeValue,
  durationReader,
  integerReader,
  isTable,
  type Reader,
  readBoolean,
  readPath,
  textAs,
} from './readers.ts'
import { type Complaint, type ErrorCode, quoted, type Reading } from './text/complaint.ts'
import { didYouMean } from './text/suggest.ts'
import { hintForTried } from './text/tried-keys.ts'
import { formatDuration } from './values/duration.ts'
import { readName } from './values/name.ts'

export interface Table<Ks extends Keys> extends Schema<TableOf<Ks>> {
  readonly keys: Ks
  /** What holds where a file says nothing; keys that must be there are not. */
  readonly defaults: TableOf<Ks>
}

/** Object keys with a meaning to JavaScript: no table has them, and `parse.ts` complains about each. */
export const RESERVED_KEYS: readonly string[] = ['__proto__', 'constructor', 'prototype']

/** Two durations of a table, of which the first must not be the longer one, and the code for that. */
type Ordered<Ks extends Keys> = readonly [keyof Ks & string, keyof Ks & string, ErrorCode]

/** A table with these keys and no others. */
export function table<const Ks extends Keys>(
  keys: Ks,
  ordered: readonly Ordered<Ks>[] = [],
): Table<Ks> {
  const entries = Object.entries(keys).map(([name, key]) => ({
    name,
    schema: key.schema,
    property: propertyOf(name, key),
    fallback: key.fallback,
    absent: isFallback(key.fallback) ? key.schema.read(key.fallback, never) : key.fallback,
  }))
  const properties = new Map(entries.map(({ name, property }) => [name, property]))
  const read = (value: Readonly<Record<string, unknown>>, report: ComplaintSink) => {
    const output: Record<string, unknown> = {}
    for (const entry of entries) {
      const { name, property } = entry
      if (Object.hasOwn(value, name))
        output[property] = entry.schema.read(value[name], below(report, name))
      else if (entry.fallback === REQUIRED) report(missingKey(name), [name])
      else if (entry.fallback !== undefined) output[property] = entry.absent
    }
    for (const name of Object.keys(value)) {
      if (Object.hasOwn(keys, name) || RESERVED_KEYS.includes(name)) continue
      report(unknownKey(name, Object.keys(keys)), [name])
    }
    for (const [least, most, code] of ordered) {
      const [leastMs, mostMs] = [least, most].map((name) => output[properties.get(name) ?? ''])
      if (typeof leastMs !== 'number' || typeof mostMs !== 'number' || leastMs <= mostMs) continue
      report({ code, ...outOfOrder(least, leastMs, most, mostMs) }, [least])
    }
    return output as TableOf<Ks>
  }
  return {
    keys,
    defaults: read({}, () => undefined),
    read: (value, report) => (isTable(value) ? read(value, report) : fail(report, noTable(value))),
  }
}

function isFallback(fallback: unknown): boolean {
  return fallback !== undefined && fallback !== null && fallback !== REQUIRED
}

function never({ text }: Complaint): never {
  throw new Error(`a default is wrong: ${text}`)
}

function outOfOrder(least: string, leastMs: number, most: string, mostMs: number) {
  return {
    text: `${least} is ${formatDuration(leastMs)}, more than ${most} (${formatDuration(mostMs)})`,
    hint: `write ${least} = "${formatDuration(mostMs)}" or less, or raise ${most}`,
  }
}

export interface NamedTables<S extends Schema<unknown>>
  extends Schema<Readonly<Record<string, Output<S>>>> {
  /** What each of them is. */
  readonly each: S
}

/** A table whose keys are names that people choose. */
export function tableByName<S extends Schema<unknown>>(
  each: S,
  readNameOf: (text: string) => Reading<string> = readName,
): NamedTables<S> {
  return {
    each,
    read(value, report) {
      if (!isTable(value)) return fail(report, noTable(value))
      const names = Object.keys(value).filter((name) => !RESERVED_KEYS.includes(name))
      const tables = names.map((name) => {
        return [name, each.read(value[name], below(report, name)) as Output<S>] as const
      })
      for (const name of names) {
        const reading = readNameOf(name)
        if (!reading.ok) report({ ...reading.complaint, at: 'key' }, [name])
      }
      return Object.fromEntries(tables)
    },
  }
}

/** Far more than any list needs, and few enough that a bad one is judged in no time. */
const MAX_ELEMENTS = 1000

/** Judges the elements of a list together, and reports each by its index. */
type ListCheck = (elements: readonly unknown[], report: ComplaintSink) => void

/**
 * An array.
 *
 * @param check is given those elements that could not be read as they are written; what it reports
 *   counts as not read
 */
export function list<T>(item: Schema<T>, check: ListCheck = () => undefined): Schema<readonly T[]> {
  return {
    read(value, report) {
      if (!Array.isArray(value)) return fail(report, noArray(value))
      const isTooLong = value.length > MAX_ELEMENTS
      if (isTooLong) report(tooMany(value.length))
      const output = isTooLong
        ? []
        : value.map((element, at) => item.read(element, below(report, at)))
      const elements = value.map((written, at) => output[at] ?? written)
      check(elements, (complaint, path = []) => {
        report(complaint, path)
        output[Number(path[0])] = undefined
      })
      return isTooLong ? undefined : (output as T[])
    },
  }
}

/** An array in which nothing may stand twice. */
export function listOfDifferent<T extends string>(item: Schema<T>): Schema<readonly T[]> {
  return list(item, (elements, report) => {
    const seen = new Set<string>()
    for (const [index, element] of elements.entries()) {
      if (typeof element !== 'string') continue
      if (seen.has(element)) report(listedTwice(element), [index])
      seen.add(element)
    }
  })
}

/** A single value. */
export function leaf<T>(read: Reader<T>): Schema<T> {
  return {
    read(value, report) {
      const reading = read(value)
      return reading.ok ? reading.value : fail(report, reading.complaint)
    },
  }
}

/** A value whose name in the program ends with its unit. */
export function inUnit<T, U extends string>(unit: U, schema: Schema<T>) {
  return { ...schema, unit }
}

/** Milliseconds. */
export function duration(least: string, most: string) {
  return inUnit('Ms', leaf(durationReader({ least, most })))
}

export function integer(least: number, most: number): Schema<number> {
  return leaf(integerReader(least, most))
}

export function choice<const T extends string>(...words: readonly T[]): Schema<T> {
  return leaf(choiceReader(words))
}

export const boolean = leaf(readBoolean)
export const path = leaf(readPath)
export const name = leaf(textAs('a name', readName))

/** Says that a value cannot be read. */
function fail(report: ComplaintSink, complaint: Complaint): undefined {
  report(complaint)
}

/** Reports what is at a key, or an index, of the value. */
function below(report: ComplaintSink, at: string | number): ComplaintSink {
  return (complaint, path = []) => report(complaint, [at, ...path])
}

function noTable(value: unknown): Complaint {
  const text = `expected a table, got ${describeValue(value)}`
  const hint = 'write it as a header of its own, such as [timing], with its keys below'
  return { code: 'E_TYPE', text, hint }
}

function noArray(value: unknown): Complaint {
  const isScalar = typeof value === 'string' || typeof value === 'number'
  const hint = isScalar ? `write [${JSON.stringify(value)}]` : 'write ["…", "…"]'
  return { code: 'E_TYPE', text: `expected an array, got ${describeValue(value)}`, hint }
}

function tooMany(count: number): Complaint {
  const text = `the list has ${count} elements`
  return { code: 'E_RANGE', text, hint: `write ${MAX_ELEMENTS} or fewer` }
}

function listedTwice(value: string): Complaint {
  const text = `${quoted(value)} is listed twice`
  return { code: 'E_DUPLICATE_VALUE', text, hint: 'remove one of the two' }
}

function missingKey(name: string): Complaint {
  const text = `the key "${name}" is missing`
  return { code: 'E_MISSING_KEY', text, hint: `add ${name} = …`, at: 'key' }
}

/** Its place follows when the path is known. */
function unknownKey(name: string, known: readonly string[]): Complaint {
  const hint = hintForTried(name) ?? didYouMean(name, known, `known here: ${known.join(', ')}`)
  return { code: 'E_UNKNOWN_KEY', text: `unknown key ${quoted(name)}`, hint, at: 'key' }
}
