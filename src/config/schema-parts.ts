// What the schema is built of: valibot's structures, with complaints that carry code and hint.
import * as v from 'valibot'
import { describeValue, isTable, type Reader } from './readers.ts'
import {
  type Complaint,
  type KeyPath,
  type PlacedComplaint,
  quoted,
  type Reading,
} from './text/complaint.ts'
import { suggest } from './text/suggest.ts'

/** A single value. */
export function leaf<T>(read: Reader<T>) {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const reading = read(dataset.value)
      if (reading.ok) return reading.value
      addIssue({ message: pack(reading.complaint) })
      return NEVER
    }),
  )
}

/**
 * A table with these keys and no others.
 *
 * valibot's own strict object stops at the first unknown key; here each is reported.
 */
export function table<E extends v.ObjectEntries>(entries: E) {
  const known = Object.keys(entries)
  return v.pipe(
    anyTable(),
    v.looseObject(entries),
    v.rawCheck(({ dataset, addIssue }) => {
      const output: unknown = dataset.value
      if (!isTable(output)) return
      for (const key of Object.keys(output)) {
        if (Object.hasOwn(entries, key)) continue
        addIssue({ message: pack(unknownKey(key, known)), path: pathTo(output, key) })
      }
    }),
  )
}

/** A table whose keys are names that people choose. */
export function tableByName<S extends v.GenericSchema<unknown, unknown>>(
  value: S,
  readName: (text: string) => Reading<string>,
) {
  return v.pipe(
    anyTable(),
    v.record(v.string(), value),
    v.rawCheck(({ dataset, addIssue }) => {
      const output: unknown = dataset.value
      if (!isTable(output)) return
      for (const key of Object.keys(output)) {
        const name = readName(key)
        if (name.ok) continue
        const complaint: Complaint = { ...name.complaint, at: 'key' }
        addIssue({ message: pack(complaint), path: pathTo(output, key) })
      }
    }),
  )
}

/** Far more than any list needs, and few enough that a bad one is judged in no time. */
const MAX_ELEMENTS = 1000

function tooMany(count: number): Complaint {
  const text = `the list has ${count} elements`
  return { code: 'E_RANGE', text, hint: `write ${MAX_ELEMENTS} or fewer` }
}

/** An array. */
export function list<S extends v.GenericSchema<unknown, unknown>>(item: S) {
  return v.pipe(
    v.custom<readonly unknown[]>(Array.isArray, (issue) =>
      pack({
        code: 'E_TYPE',
        text: `expected an array, got ${describeValue(issue.input)}`,
        hint: arrayHint(issue.input),
      }),
    ),
    v.rawTransform<readonly unknown[], readonly unknown[]>(({ dataset, addIssue, NEVER }) => {
      if (dataset.value.length <= MAX_ELEMENTS) return dataset.value
      addIssue({ message: pack(tooMany(dataset.value.length)) })
      return NEVER
    }),
    v.array(item),
  )
}

/** An array in which nothing may stand twice. */
export function listOfDifferent<S extends v.GenericSchema<unknown, string>>(item: S) {
  return v.pipe(
    list(item),
    v.rawCheck(({ dataset, addIssue }) => {
      const output: unknown = dataset.value
      if (!Array.isArray(output)) return
      const seen = new Set<string>()
      for (const [index, value] of output.entries()) {
        if (typeof value !== 'string') continue
        if (!seen.has(value)) {
          seen.add(value)
          continue
        }
        const complaint: Complaint = {
          code: 'E_DUPLICATE_VALUE',
          text: `${quoted(value)} is listed twice`,
          hint: 'remove one of the two',
        }
        addIssue({ message: pack(complaint), path: pathTo(output, index) })
      }
    }),
  )
}

/** The complaints of a finished run, each with its path. */
export function complaintsOf(
  issues: readonly v.BaseIssue<unknown>[] | undefined,
): readonly PlacedComplaint[] {
  return (issues ?? []).map((issue) => {
    const path = (issue.path ?? []).map((item) => item.key as string | number)
    return placed(unpack(issue), path)
  })
}

function anyTable() {
  return v.custom<Readonly<Record<string, unknown>>>(isTable, (issue) =>
    pack({
      code: 'E_TYPE',
      text: `expected a table, got ${describeValue(issue.input)}`,
      hint: 'write it as a header of its own, such as [timing], with its keys below',
    }),
  )
}

function unknownKey(key: string, known: readonly string[]): Complaint {
  const nearest = suggest(key, known)
  return {
    code: 'E_UNKNOWN_KEY',
    text: `unknown key ${quoted(key)}`,
    hint: nearest === null ? `known here: ${known.join(', ')}` : `did you mean "${nearest}"?`,
    at: 'key',
  }
}

function arrayHint(value: unknown): string {
  const isScalar = typeof value === 'string' || typeof value === 'number'
  return isScalar ? `write [${JSON.stringify(value)}]` : 'write ["…", "…"]'
}

/** valibot carries one string an issue: complaints travel in it as JSON. */
export function pack(complaint: Complaint): string {
  return JSON.stringify(complaint)
}

/** The one issue that valibot words itself is that of a key which is not there. */
function unpack(issue: v.BaseIssue<unknown>): Complaint {
  if (issue.message.startsWith('{')) return JSON.parse(issue.message) as Complaint
  const key = (issue.expected ?? '').replaceAll('"', '')
  const text = `the key "${key}" is missing`
  return { code: 'E_MISSING_KEY', text, hint: `add ${key} = …`, at: 'key' }
}

function placed(complaint: Complaint, path: KeyPath): PlacedComplaint {
  if (complaint.code !== 'E_UNKNOWN_KEY') return { ...complaint, path }
  return { ...complaint, path, text: `${complaint.text} ${describePlace(path.slice(0, -1))}` }
}

/** `in [flap]`, `in checks.local.probes[0]`: the place of a table. */
function describePlace(path: KeyPath): string {
  if (path.length === 0) return 'at the top level'
  const hasIndex = path.some((key) => typeof key === 'number')
  const dotted = path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .slice(1)
  return hasIndex ? `in ${dotted}` : `in [${dotted}]`
}

/** The path item of a member, as `addIssue` wants it. */
export function pathTo(parent: object, key: string | number): [v.IssuePathItem] {
  return [{ type: 'unknown', origin: 'value', input: parent, key, value: undefined }]
}
