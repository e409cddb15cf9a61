// A unified diff of two texts, as diff -u prints it.

export interface DiffLine {
  readonly kind: 'head' | 'hunk' | 'same' | 'gone' | 'new'
  readonly text: string
}

const CONTEXT_LINES = 3
/** Beyond this many pairs of lines the middle is shown as replaced whole: nobody reads such a diff. */
const MOST_CELLS = 4_000_000

/** The lines of a diff, none when the texts are equal. */
export function unifiedDiff(
  before: { readonly name: string; readonly text: string },
  after: { readonly name: string; readonly text: string },
): readonly DiffLine[] {
  if (before.text === after.text) return []
  const edits = editsBetween(linesOf(before.text), linesOf(after.text))
  return [
    { kind: 'head', text: `--- ${before.name}` },
    { kind: 'head', text: `+++ ${after.name}` },
    ...hunks(edits),
  ]
}

interface Edit {
  readonly kind: 'same' | 'gone' | 'new'
  readonly line: string
}

const UNENDED = '\n\\ No newline at end of file'

function linesOf(text: string): string[] {
  if (text === '') return []
  const lines = text.split('\n')
  const last = lines.pop()
  return last === '' ? lines : [...lines, `${last}${UNENDED}`]
}

function editsBetween(a: readonly string[], b: readonly string[]): Edit[] {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end))
    end++
  const same = (lines: readonly string[]) => lines.map((line): Edit => ({ kind: 'same', line }))
  return [
    ...same(a.slice(0, start)),
    ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...same(a.slice(a.length - end)),
  ]
}

/** By the longest common subsequence. */
function middle(a: readonly string[], b: readonly string[]): Edit[] {
  const gone = (line: string): Edit => ({ kind: 'gone', line })
  const added = (line: string): Edit => ({ kind: 'new', line })
  if (a.length * b.length > MOST_CELLS) return [...a.map(gone), ...b.map(added)]
  const width = b.length + 1
  const lengths = new Uint32Array((a.length + 1) * width)
  const at = (row: number, column: number) => lengths[row * width + column] ?? 0
  for (let row = a.length - 1; row >= 0; row--) {
    for (let column = b.length - 1; column >= 0; column--) {
      lengths[row * width + column] =
        a[row] === b[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1))
    }
  }
  const edits: Edit[] = []
  let row = 0
  let column = 0
  while (row < a.length || column < b.length) {
    const [left, right] = [a[row], b[column]]
    if (left !== undefined && left === right) {
      edits.push({ kind: 'same', line: left })
      row++
      column++
    } else if (
      left !== undefined &&
      (right === undefined || at(row + 1, column) >= at(row, column + 1))
    ) {
      edits.push(gone(left))
      row++
    } else {
      edits.push(added(right ?? ''))
      column++
    }
  }
  return edits
}

function hunks(edits: readonly Edit[]): DiffLine[] {
  const changed = edits.flatMap(({ kind }, index) => (kind === 'same' ? [] : [index]))
  const ranges: { from: number; to: number }[] = []
  for (const index of changed) {
    const last = ranges.at(-1)
    const from = Math.max(0, index - CONTEXT_LINES)
    const to = Math.min(edits.length, index + CONTEXT_LINES + 1)
    if (last !== undefined && from <= last.to) last.to = to
    else ranges.push({ from, to })
  }
  return ranges.flatMap(({ from, to }) => hunk(edits, from, to))
}

function hunk(edits: readonly Edit[], from: number, to: number): DiffLine[] {
  const within = edits.slice(from, to)
  const span = (other: Edit['kind']) => {
    const start = edits.slice(0, from).filter(({ kind }) => kind !== other).length
    const count = within.filter(({ kind }) => kind !== other).length
    return count === 0 ? `${start},0` : count === 1 ? `${start + 1}` : `${start + 1},${count}`
  }
  const signs = { same: ' ', gone: '-', new: '+' } as const
  return [
    { kind: 'hunk', text: `@@ -${span('new')} +${span('gone')} @@` },
    ...within.map(({ kind, line }) => ({ kind, text: `${signs[kind]}${line}` })),
  ]
}
