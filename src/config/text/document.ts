// A TOML file of any schema: its values, or every error in it at its place.
import * as v from 'valibot'
import type { Partly } from '../partly.ts'
import { complaintsOf } from '../schema-parts.ts'
import type { KeyPath, PlacedComplaint } from './complaint.ts'
import type { Parsed } from './diagnostic.ts'
import { findKey, indexKeys, type KeyIndex } from './locate.ts'
import { type Blame, diagnose, makeSource, type Source, type Span } from './source.ts'
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
  const read = readDocument(source, rules.schema, rules.mostBytes)
  if (!read.ok) return read
  const { index, syntaxErrors, misshapen, document, shaped } = read.value
  const wasReadWhole = syntaxErrors.length === 0
  const complaints = [...misshapen, ...(wasReadWhole ? rules.relations(document) : [])]
  const all = [...syntaxErrors, ...complaints.map((complaint) => blameFor(index, complaint))]
  if (all.length > 0 || shaped === null) return { ok: false, diagnostics: diagnose(source, all) }
  return { ok: true, value: shaped }
}

/** What could be read of a text, and what could not. */
export interface ReadDocument<D> {
  readonly index: KeyIndex
  readonly syntaxErrors: readonly Blame[]
  /** What keeps the values from the shape of the schema. */
  readonly misshapen: readonly PlacedComplaint[]
  /** Without the values that could not be read. */
  readonly document: Partly<D>
  /** The same, if all that could be read has the shape of the schema; else null. */
  readonly shaped: D | null
}

/** Reads a text as far as that can be done; it fails where there is no sense in going on. */
export function readDocument<D>(
  source: Source,
  schema: v.GenericSchema<unknown, D>,
  mostBytes: number,
): Parsed<ReadDocument<D>> {
  const refusal = refuseText(source, mostBytes)
  if (refusal !== null) return { ok: false, diagnostics: [refusal] }
  const syntax = readSyntax(source)
  if (syntax.document === null) return { ok: false, diagnostics: diagnose(source, syntax.errors) }
  const shape = v.safeParse(schema, syntax.document)
  const misshapen = complaintsOf(shape.issues)
  return {
    ok: true,
    value: {
      index: indexKeys(syntax.readText),
      syntaxErrors: syntax.errors,
      misshapen,
      document: withoutUnread(shape.output, misshapen) as Partly<D>,
      shaped: shape.success ? shape.output : null,
    },
  }
}

/** The complaint with what it underlines. */
export function blameFor(index: KeyIndex, complaint: PlacedComplaint): Blame {
  return { complaint, span: spanOf(index, complaint.path, complaint.at) }
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
export function spanOf(index: KeyIndex, path: KeyPath, at: 'key' | 'value' = 'value'): Span {
  const found = findKey(index, path)
  if (found === null) return { start: 0, end: 0 }
  const { node, exact } = found
  return exact && at === 'value' ? (node.value ?? node.key) : node.key
}
