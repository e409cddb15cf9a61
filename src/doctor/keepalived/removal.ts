// What to type so that statements of keepalived.conf are gone, and nothing else is. Pure.
import {
  type ConfText,
  piecesOf,
  type Statement,
  withoutRemark,
  wordsOf,
} from '../../config/keepalived/reader.ts'
import { withoutSecrets } from '../../keepalived/configuration.ts'
import { shell } from '../shell.ts'

/**
 * A command for each line that has some of them, from below, so that the numbers stay true. A sentence
 * with the place where the line does not show them as they are read, and where they go on beyond it.
 */
export function removals(
  statements: readonly Statement[],
  files: readonly ConfText[],
): readonly string[] {
  const lines = new Map<string, Statement[]>()
  for (const statement of new Set(statements.toSorted((a, b) => b.line - a.line))) {
    const place = `${statement.file}:${statement.line}`
    lines.set(place, [...(lines.get(place) ?? []), statement])
  }
  return [...lines].map(([place, found]) => commandFor(found, files) ?? byHand(found, place))
}

function byHand(found: readonly Statement[], place: string): string {
  const what = found.map(({ words, body }) => {
    return `"${words.join(' ')}"${body === null ? '' : ' and the block that follows it'}`
  })
  return `Remove ${what.join(' and ')}, or what stands for it there, by hand: ${place}`
}

/** It changes the line that was read and no other, should the file have changed since. */
function commandFor(found: readonly Statement[], files: readonly ConfText[]): string | null {
  const [{ file = '', line = 0 } = {}] = found
  const rows = files.find((confText) => confText.path === file)?.text.split('\n') ?? []
  const [before = '', row = ''] = [rows[line - 2], rows[line - 1]]
  if (continues(before) || continues(row) || !isPrintable(row)) return null
  const kept = withoutStatements(row, found)
  if (kept === null) return null
  const pattern = `^${sedText(row, /[\\.*[\]^$/]/g)}$`
  const edit =
    kept.trim() === ''
      ? `${line}{/${pattern}/d}`
      : `${line}s/${pattern}/${sedText(`${kept}${row.slice(withoutRemark(row).length)}`, /[\\&/]/g)}/`
  return shell`sed -i --follow-symlinks ${edit} ${file}`
}

/** What is left of the line without its remark; null where it does not show each of them once. */
function withoutStatements(row: string, found: readonly Statement[]): string | null {
  const texts = found.map((statement) => statement.words.join(' '))
  let count = 0
  const kept = piecesOf(withoutRemark(row)).map(({ text, brace }) => {
    const isFound = texts.includes(wordsOf(text).join(' '))
    if (isFound) count += 1
    return `${isFound ? /^\s*/.exec(text) : text}${brace ?? ''}`
  })
  return count === found.length && found.every((statement) => statement.body === null)
    ? kept.join('')
    : null
}

function continues(row: string): boolean {
  return /\\\s*$/.test(row)
}

/** Whether it may be shown, and is the same when it is typed. */
function isPrintable(row: string): boolean {
  return withoutSecrets(row) === row && !/[^\P{C}\t\r]|\ufffd/u.test(row)
}

/** A text for sed as one that a terminal does not change. */
function sedText(text: string, special: RegExp): string {
  return text.replace(special, '\\$&').replaceAll('\t', '\\t').replaceAll('\r', '\\r')
}
