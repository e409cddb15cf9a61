// A TOML file of any schema: its values, or every error in it at its place.
import * as v from 'valibot'
import type { KeyPath, PlacedComplaint } from './complaint.ts'
import type { Parsed } from './diagnostic.ts'
import { findKey, indexKeys, type KeyIndex } from './locate.ts'
import type { Partly } from './partly.ts'
import { complaintsOf } from './schema-parts.ts'
import { type Blame, diagnose, makeSource, type Span } from './source.ts'
import { readSyntax } from './syntax.ts'
import { refuseText } from './text-check.ts'

export interface DocumentRules<D> {
  readonly schema: v.GenericSchema<unknown, D>
  readonly mostBytes: number
  /** Rules between values; those that could not be read are left out of the document. */
  readonly relations: (document: Partly<D>) => readonly PlacedComplaint[]
}

/**
 * Parses a text by a schema. Never throws: errors are diagnostics, all of a file at once, ordered
 * by position. Where the TOML itself is broken, rules between values are not applied, because the
 * unreadable lines might be the cause.
 *
 * @param file the file as the operator named it, for messages
 */
export function parseDocument<D>(text: string, file: string, rules: DocumentRules<D>): Parsed<D> {
  const source = makeSource(file, text)
  const refusal = refuseText(source, rules.mostBytes)
  if (refusal !== null) return { ok: false, diagnostics: [refusal] }
  const syntax = readSyntax(source)
  if (syntax.document === null) return { ok: false, diagnostics: diagnose(source, syntax.errors) }
  const index = indexKeys(syntax.readText)
  const shape = v.safeParse(rules.schema, syntax.document)
  const misshapen = complaintsOf(shape.issues)
  const wasReadWhole = syntax.errors.length === 0
  const document = withoutUnread(shape.output, misshapen) as Partly<D>
  const complaints = [...misshapen, ...(wasReadWhole ? rules.relations(document) : [])]
  const blames: Blame[] = complaints.map((complaint) => ({
    complaint,
    span: spanOf(index, complaint.path, complaint.at),
  }))
  const all = [...syntax.errors, ...blames]
  if (all.length > 0 || !shape.success) return { ok: false, diagnostics: diagnose(source, all) }
  return { ok: true, value: shape.output }
}

/** The document with `undefined` for the values that could not be read. */
function withoutUnread(output: unknown, complaints: readonly PlacedComplaint[]): unknown {
  for (const { path, at } of complaints) {
    const last = path.at(-1)
    if (last === undefined || at === 'key') continue
    let parent = output as Record<string | number, unknown> | undefined
    for (const key of path.slice(0, -1)) {
      parent = parent?.[key] as Record<string | number, unknown> | undefined
    }
    if (typeof parent === 'object' && parent !== null) parent[last] = undefined
  }
  return output
}

/** What a complaint underlines; one about nothing that is written down underlines the first line. */
function spanOf(index: KeyIndex, path: KeyPath, at: 'key' | 'value' = 'value'): Span {
  const found = findKey(index, path)
  if (found === null) return { start: 0, end: 0 }
  const { node, exact } = found
  return exact && at === 'value' ? (node.value ?? node.key) : node.key
}
