// A unified diff of two texts, as diff -u prints it.
import { type StructuredPatchHunk, structuredPatch } from 'diff'

export interface DiffLine {
  readonly kind: 'head' | 'hunk' | 'same' | 'gone' | 'new'
  readonly text: string
}

/**
 * Lines removed and added. Beyond this the texts are shown as replaced whole: nobody reads such a
 * diff, and finding it takes time with the square of it.
 */
const MAX_CHANGES = 1000

/** The lines of a diff, none when the texts are equal. */
export function unifiedDiff(
  before: { readonly name: string; readonly text: string },
  after: { readonly name: string; readonly text: string },
): readonly DiffLine[] {
  if (before.text === after.text) return []
  const options = { context: 3, maxEditLength: MAX_CHANGES }
  const patch = structuredPatch('', '', before.text, after.text, '', '', options)
  return [
    { kind: 'head', text: `--- ${before.name}` },
    { kind: 'head', text: `+++ ${after.name}` },
    ...(patch?.hunks ?? [replaced(before.text, after.text)]).flatMap(linesOf),
  ]
}

function replaced(before: string, after: string): StructuredPatchHunk {
  const parts = [structuredPatch('', '', before, ''), structuredPatch('', '', '', after)]
  const hunks = parts.flatMap((part) => part.hunks)
  return {
    oldStart: 1,
    oldLines: hunks.reduce((sum, hunk) => sum + hunk.oldLines, 0),
    newStart: 1,
    newLines: hunks.reduce((sum, hunk) => sum + hunk.newLines, 0),
    lines: hunks.flatMap((hunk) => hunk.lines),
  }
}

const KINDS: Readonly<Record<string, DiffLine['kind']>> = { '-': 'gone', '+': 'new' }

function linesOf(hunk: StructuredPatchHunk): DiffLine[] {
  const old = span(hunk.oldStart, hunk.oldLines)
  return [
    { kind: 'hunk', text: `@@ -${old} +${span(hunk.newStart, hunk.newLines)} @@` },
    ...hunk.lines.map((text) => ({ kind: KINDS[text.charAt(0)] ?? 'same', text })),
  ]
}

function span(start: number, lines: number): string {
  return lines === 0 ? `${start - 1},0` : lines === 1 ? `${start}` : `${start},${lines}`
}
