// Diagnostics as text: the caret meets its character, colour is optional, terminals are safe.
import { describe, expect, test } from 'bun:test'
import {
  type Diagnostic,
  formatDiagnostic,
  formatDiagnostics,
} from '../../../src/config/text/diagnostic.ts'

const DIAGNOSTIC: Diagnostic = {
  file: 'holdfast.toml',
  line: 12,
  column: 1,
  code: 'E_UNKNOWN_KEY',
  text: 'unknown key "perod" in [timing]',
  hint: 'did you mean "period"?',
  sourceLine: 'perod = "1s"',
  width: 5,
}

/** The characters under the carets. */
function underlined(diagnostic: Diagnostic): string {
  const [, shown = '', carets = ''] = formatDiagnostic(diagnostic).split('\n')
  const start = [...carets].indexOf('^')
  return [...shown].slice(start, start + carets.split('^').length - 1).join('')
}

describe('a diagnostic', () => {
  test('says where, what, and what to do', () => {
    expect(formatDiagnostic(DIAGNOSTIC)).toBe(
      [
        'holdfast.toml:12:1: error[E_UNKNOWN_KEY]: unknown key "perod" in [timing]',
        '  12 | perod = "1s"',
        '     | ^^^^^',
        '     = hint: did you mean "period"?',
      ].join('\n'),
    )
  })

  test('without a line or hint is one line', () => {
    const { sourceLine, width, hint, ...bare } = DIAGNOSTIC
    expect(formatDiagnostic(bare).split('\n')).toHaveLength(1)
    expect(formatDiagnostic({ ...bare, sourceLine: '  ' }).split('\n')).toHaveLength(1)
  })

  test('in colour has the same words', () => {
    const coloured = formatDiagnostics([DIAGNOSTIC, DIAGNOSTIC], { colour: true })
    expect(coloured).toContain('\u001b[1;31m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with ESC
    const plain = coloured.replace(/\u001b\[[\d;]*m/g, '')
    expect(plain).toBe(formatDiagnostics([DIAGNOSTIC, DIAGNOSTIC]))
    expect(plain.split('\n\n')).toHaveLength(2)
  })

  test.each([
    ['after tabs', '\t\tperod = 1', 3],
    ['after a character of two UTF-16 units', '"😀" = 1, perod = 1', 10],
    ['in the midst of a long line', `${'x'.repeat(500)} perod ${'y'.repeat(500)}`, 502],
    ['at the start of a long line', `perod ${'y'.repeat(500)}`, 1],
    ['at the end of a long line', `${'x'.repeat(500)} perod`, 502],
  ])('%s: the caret meets the character', (_, sourceLine, column) => {
    const diagnostic = { ...DIAGNOSTIC, sourceLine, column }
    expect(underlined(diagnostic)).toBe('perod')
    expect(
      formatDiagnostic(diagnostic)
        .split('\n')
        .every((line) => line.length < 140),
    ).toBe(true)
  })

  test('cannot steer a terminal from within a file', () => {
    const evil = '\u001b[2Jperod\u009b31m\u202e\u0007'
    const text = formatDiagnostic({
      ...DIAGNOSTIC,
      file: evil,
      text: evil,
      hint: evil,
      sourceLine: evil,
    })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for control characters
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
  })
})
