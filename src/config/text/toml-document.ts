// A TOML file of any schema: its values, or every error in it at its place.
import type { DeepPartial, Schema } from '../key.ts'
import type { Complaint, KeyPath, PlacedComplaint } from './complaint.ts'
import type { Parsed } from './diagnostic.ts'
import { findKey, indexKeys, type KeyIndex } from './locate.ts'
import {
  type ConfigSource,
  diagnose,
  type LocatedComplaint,
  makeSource,
  refuseText,
  type TextRange,
} from './source-text.ts'
import { readSyntax } from './syntax.ts'

export interface DocumentRules<D> {
  readonly schema: Schema<D>
  readonly maxBytes: number
  /** Rules between values; those that could not be read are left out of the document. */
  readonly relations: (document: DeepPartial<D>) => readonly PlacedComplaint[]
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
  const read = readDocument(source, rules.schema, rules.maxBytes)
  if (!read.ok) return read
  const { index, syntaxErrors, shapeErrors, document, shaped } = read.value
  const wasReadWhole = syntaxErrors.length === 0
  const complaints = [...shapeErrors, ...(wasReadWhole ? rules.relations(document) : [])]
  const all = [...syntaxErrors, ...complaints.map((complaint) => locateComplaint(index, complaint))]
  if (all.length > 0 || shaped === null) return { ok: false, diagnostics: diagnose(source, all) }
  return { ok: true, value: shaped }
}

/** What could be read of a text, and what could not. */
export interface ReadDocument<D> {
  readonly index: KeyIndex
  readonly syntaxErrors: readonly LocatedComplaint[]
  /** What keeps the values from the shape of the schema. */
  readonly shapeErrors: readonly PlacedComplaint[]
  /** Without the values that could not be read. */
  readonly document: DeepPartial<D>
  /** The same, if all that could be read has the shape of the schema; else null. */
  readonly shaped: D | null
}

/** Reads a text as far as that can be done; it fails where there is no sense in going on. */
export function readDocument<D>(
  source: ConfigSource,
  schema: Schema<D>,
  maxBytes: number,
): Parsed<ReadDocument<D>> {
  const refusal = refuseText(source, maxBytes)
  if (refusal !== null) return { ok: false, diagnostics: [refusal] }
  const syntax = readSyntax(source)
  if (syntax.document === null) return { ok: false, diagnostics: diagnose(source, syntax.errors) }
  const shapeErrors: PlacedComplaint[] = []
  const output = schema.read(syntax.document, (complaint, path = []) => {
    shapeErrors.push(placed(complaint, path))
  })
  return {
    ok: true,
    value: {
      index: indexKeys(syntax.readText),
      syntaxErrors: syntax.errors,
      shapeErrors,
      document: output as DeepPartial<D>,
      shaped: shapeErrors.length === 0 ? (output ?? null) : null,
    },
  }
}

/** The complaint with what it underlines. */
export function locateComplaint(index: KeyIndex, complaint: PlacedComplaint): LocatedComplaint {
  return { complaint, span: spanOf(index, complaint.path, complaint.at) }
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

/** What a complaint underlines; one about nothing that is written down underlines the first line. */
export function spanOf(index: KeyIndex, path: KeyPath, at: 'key' | 'value' = 'value'): TextRange {
  const found = findKey(index, path)
  if (found === null) return { start: 0, end: 0 }
  const { node, exact } = found
  return exact && at === 'value' ? (node.value ?? node.key) : node.key
}
