// The page on the laboratory: its scenario is one, and it names every kind of fault and of line.
import { describe, expect, test } from 'bun:test'
import { parseHistory } from '../../src/documents/lives.ts'
import { parseScenario } from '../../src/simulate/scenario-file.ts'
import { blocksOf, readPage } from '../docs/markdown.ts'

const PAGE = `${readPage('docs/contributing/simulator.md')}\n${readPage('docs/reference/files-and-logs.md')}`

/** The first column of the table whose head begins with a word. */
function firstColumn(head: string): string[] {
  const lines = PAGE.split('\n')
  const starts = lines.flatMap((line, index) => (line.startsWith(`| ${head} |`) ? [index] : []))
  return starts.flatMap((start) => {
    const rows = lines.slice(start + 2)
    const end = rows.findIndex((line) => !line.startsWith('|'))
    return rows.slice(0, end).map((row) => row.split('|')[1]?.trim().replaceAll('`', '') ?? '')
  })
}

describe('the page on the laboratory', () => {
  test('shows a scenario file that is one', () => {
    const block = blocksOf(PAGE).find(({ language }) => language === 'toml')
    const parsed = parseScenario(block?.text ?? '?', 'shown', 'shown.toml')
    expect(parsed.ok ? [] : parsed.diagnostics).toEqual([])
  })

  test('names every kind of fault with the keys that it needs', () => {
    const unknown = parseScenario('[[fault]]\nkind = "?"\nat = "1m"\n', 'x', 'x.toml')
    const text = unknown.ok ? '' : (unknown.diagnostics[0]?.text ?? '')
    const kinds = text.replace(/.*is not one of /, '').split(', ')
    expect(kinds.length).toBeGreaterThan(8)
    const documented = firstColumn('kind')
    expect(new Set(documented.filter((kind) => kinds.includes(kind)))).toEqual(new Set(kinds))
  })

  test('names every kind of line of a history', () => {
    const documented = firstColumn('kind')
    for (const kind of ['start', 'config', 'addresses', 'order', 'override', 'items', 'result'])
      expect(documented).toContain(kind)
    for (const kind of ['again', 'beat', 'state', 'stop', 'lost'])
      expect(documented).toContain(kind)
    expect(parseHistory('{"kind":"other","nowMs":1}').skipped).toBe(1)
  })
})
