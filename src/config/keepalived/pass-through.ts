// Lines that an operator passes through to keepalived.conf, and what they must not do there.
import type { Report, Schema } from '../key.ts'
import { type Reader, textAs } from '../readers.ts'
import { leaf, list } from '../schema-parts.ts'
import { bad, type Complaint, good, quoted } from '../text/complaint.ts'
import { piecesOf, readConf, type Statement, withoutRemark } from './reader.ts'
import { type BlockKind, judge, keywordOf } from './words.ts'

export type PassThroughBlock = Exclude<BlockKind, 'garp_group'>

const readLine: Reader<string> = textAs('a line', (text) => {
  if (text.trim() === '') return bad('E_EMPTY', 'this line is empty', 'remove it')
  const hint = 'write one line of keepalived.conf in each text'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
  if (/[\u0000-\u0008\u000a-\u001f\u007f]|\\\s*$/.test(text))
    return bad('E_EXTRA', `${quoted(text)} is not one line`, hint)
  return good(text)
})

/** Lines for a block: whole sub-blocks may be among them, but nothing that ends the block itself. */
export function passThrough(block: PassThroughBlock): Schema<readonly string[]> {
  return list(leaf(readLine), (written, report) => checkLines(block, written, report))
}

function checkLines(block: BlockKind, written: readonly unknown[], report: Report): void {
  const lines = written.map((line) => (typeof line === 'string' ? line : ''))
  const refused = refusals(block, statementsIn(lines))
  let depth = 0
  for (const [index, line] of lines.entries()) {
    const { ends, opens } = braces(line, depth)
    const wrong = refused.get(index) ?? hidesBraces(line) ?? (ends ? closesTooMuch(line) : null)
    if (wrong !== null) report(wrong, [index])
    depth = opens
  }
  if (depth === 0) return
  const text = `${depth === 1 ? 'a block is' : `${depth} blocks are`} not closed at the end of these lines`
  report({ code: 'E_EXTRA', text, hint: 'add "}" as the last line' }, [lines.length - 1])
}

/** The statements of such lines, those for one host only (`@ns1 …`) included; each has its line, from 1. */
export function statementsIn(lines: readonly string[]): readonly Statement[] {
  const text = lines.map((line) => line.replaceAll('\n', ' ')).join('\n')
  return readConf({ path: '', text }, { configId: null, open: null }).statements
}

/** The first complaint about each line, by its index. */
function refusals(block: BlockKind, statements: readonly Statement[]): Map<number, Complaint> {
  const found = new Map<number, Complaint>()
  for (const statement of statements) {
    const complaint = refusal(block, statement)
    const index = statement.line - 1
    if (complaint !== null && !found.has(index)) found.set(index, complaint)
    const inner =
      block === 'file' ? INNER.find((blockKind) => blockKind === keywordOf(statement)) : undefined
    if (inner === undefined) continue
    for (const [at, entry] of refusals(inner, statement.body ?? [])) found.set(at, entry)
  }
  return found
}

/** Blocks that count for all instances wherever they stand. */
const INNER: readonly BlockKind[] = ['global_defs', 'garp_group']

function refusal(block: BlockKind, statement: Statement): Complaint | null {
  const keyword = keywordOf(statement)
  const text = `${quoted(keyword)} cannot be passed through here`
  if (/\$|~/.test(keyword)) {
    const hint = 'keepalived alone knows what it stands for: write the word itself'
    return { code: 'E_EXTRA', text, hint }
  }
  const word = judge(block, statement)
  return word === null ? null : { code: 'E_EXTRA', text, hint: word.why }
}

function closesTooMuch(line: string): Complaint {
  const text = `${quoted(line)} closes a block that these lines have not opened`
  return { code: 'E_EXTRA', text, hint: 'remove the "}"' }
}

/** Counts braces outside of quotes and remarks. */
function braces(line: string, depth: number): { ends: boolean; opens: number } {
  let opens = depth
  let ends = false
  for (const { brace } of piecesOf(withoutRemark(line))) {
    if (brace === null) break
    opens += brace === '{' ? 1 : -1
    if (opens >= 0) continue
    ends = true
    opens = 0
  }
  return { ends, opens }
}

/** Braces that keepalived sees on some hosts only, or where their name stands. */
function hidesBraces(line: string): Complaint | null {
  const pieces = piecesOf(withoutRemark(line))
  const [, ...others] = pieces
  const text = `${quoted(line.trim())} cannot be passed through here`
  if (others.length > 0 && pieces.some((piece) => /^\s*\$\w+=/.test(piece.text)))
    return {
      code: 'E_EXTRA',
      text,
      hint: 'a definition cannot hold braces: write them where they count',
    }
  if (others.some((other) => /^\s*@/.test(other.text)))
    return {
      code: 'E_EXTRA',
      text,
      hint: 'begin a new line before the "@": other hosts leave out the rest of this one',
    }
  return null
}
