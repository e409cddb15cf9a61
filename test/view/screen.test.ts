// Widths of texts on a terminal, and lines that keep to them: held to what Bun makes of the same texts.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  ASCII,
  BLOCKS,
  drawLine,
  flowed,
  folded,
  lineWidth,
  PIPED,
  padTo,
  signsFor,
  splitAt,
  widthOf,
} from '../../src/view/screen.ts'
import { COLOURED, PLAIN, visible } from '../../src/view/style.ts'

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '\u001b[2J',
    '漢字かな',
    '한국어',
    '👩‍👩‍👧 🇩🇪 ❤️ 1️⃣',
    'e\u0301\u0302',
    '\u202eevil',
    '\ud800',
  ),
)

describe('a width', () => {
  test.each([
    ['', 0],
    ['plain', 5],
    ['für Grüße', 9],
    ['漢字', 4],
    ['한', 2],
    ['e\u0301', 1],
    ['😀', 2],
    ['█░●…', 4],
  ])('%j is %i columns', (text, width) => expect(widthOf(text)).toBe(width))

  test('of no character is less than what a terminal uses', () => {
    const narrow: string[] = []
    for (let code = 32; code < 0x110000; code++) {
      const shown = visible(String.fromCodePoint(code))
      if (widthOf(shown) < Bun.stringWidth(shown)) narrow.push(code.toString(16))
    }
    expect(narrow).toEqual([])
  })

  test('is never less than what a terminal uses', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = visible(text)
        expect(widthOf(shown)).toBeGreaterThanOrEqual(Bun.stringWidth(shown))
      }),
    )
  })

  test('cuts, pads and folds lose nothing and exceed nothing', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 30 }), (text, width) => {
        const shown = visible(text)
        const [head, rest] = splitAt(shown, width)
        expect(head + rest).toBe(shown)
        expect(widthOf(head)).toBeLessThanOrEqual(width)
        expect(widthOf(padTo(head, width))).toBe(width)
        const lines = folded(shown, width)
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width)
        expect(lines.join('').replaceAll(' ', '')).toBe(shown.replaceAll(' ', ''))
      }),
    )
  })
})

test('words are kept whole where that can be, and later lines hang', () => {
  expect(folded('one two three', 8)).toEqual(['one two', 'three'])
  expect(folded('one two three', 9, '  ', '    ')).toEqual(['  one two', '    three'])
  expect(folded('a veryveryverylong b', 8)).toEqual(['a', 'veryvery', 'verylong', 'b'])
})

describe('a line', () => {
  const canvas = { columns: 10, style: PLAIN, signs: ASCII }

  test('is cut where the terminal ends, and says so', () => {
    expect(drawLine([['0123456789']], canvas)).toBe('0123456789')
    expect(drawLine([['01234'], ['56789a']], canvas)).toBe('012345678>')
    expect(drawLine([['0123456789   ']], canvas)).toBe('0123456789')
    expect(drawLine([['漢字漢字漢字']], { ...canvas, signs: BLOCKS })).toBe('漢字漢字…')
  })

  test('paints its texts, and nothing that is not there', () => {
    const style = COLOURED
    expect(drawLine([['ab', 'good'], ['cd'], ['  ', 'bad']], { ...canvas, style })).toBe(
      '\u001b[32mab\u001b[0mcd',
    )
    expect(
      drawLine(
        [
          ['0123456789a', 'bad'],
          ['b', 'good'],
        ],
        { ...canvas, style },
      ),
    ).toBe('\u001b[31m012345678\u001b[0m>')
  })

  test('holds what a text is made of, whatever that is', () => {
    fc.assert(
      fc.property(
        fc.array(anyText, { maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(ASCII, PIPED, BLOCKS),
        (texts, columns, signs) => {
          const drawn = drawLine(
            texts.map((text) => [text, 'good']),
            { columns, style: PLAIN, signs },
          )
          expect(Bun.stringWidth(drawn)).toBeLessThanOrEqual(columns)
          expect(drawn).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
          if (signs === ASCII) expect(drawn).toMatch(/^[ -~]*$/)
        },
      ),
    )
  })

  test('takes pieces as long as they fit', () => {
    const lines = flowed([[['aa']], [['bb']], [['cccccc']]], 8, 2)
    expect(lines.map(lineWidth)).toEqual([6, 6])
  })
})

describe('the signs', () => {
  test.each([
    [{ LANG: 'de_DE.UTF-8' }, BLOCKS],
    [{ LANG: 'C.utf8' }, BLOCKS],
    [{ LANG: 'de_DE.UTF-8', LC_CTYPE: 'C' }, ASCII],
    [{ LANG: 'C', LC_ALL: 'C.UTF-8', LC_CTYPE: 'C' }, BLOCKS],
    [{ LC_ALL: '', LANG: 'C.UTF-8' }, BLOCKS],
    [{ LANG: 'C.UTF-8', TERM: 'dumb' }, PIPED],
    [{}, ASCII],
  ])('of %j', (env, signs) => {
    expect(signsFor(true, env)).toBe(signs)
    expect(signsFor(false, env)).toBe(signs === BLOCKS ? PIPED : signs)
  })
})

test('without UTF-8 a sentence keeps its marks, spelled otherwise', () => {
  expect(ASCII.clean('a daemon’s life… für')).toBe("a daemon's life... f?r")
})
