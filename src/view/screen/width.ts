// How many columns of a terminal a text takes up, and texts cut or folded to that measure.

/**
 * Characters that terminals draw two columns wide: East Asian wide and fullwidth ones (Unicode
 * Standard Annex #11), and pictographs that are drawn as pictures.
 */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe1f\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{16fe0}-\u{18fff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d37f}\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|\u20e3|\p{Emoji_Presentation}/u

/**
 * Marks that are drawn over the character before them. Some ask for a picture, which may
 * need a column more.
 */
const OVERLAID = /^(?![\ufe0f\u20e3])[\p{Mn}\p{Me}]$/u

const isPlain = (text: string) => /^[\u0020-\u007e]*$/.test(text)

/** The columns of a text without control characters. */
export function widthOf(text: string): number {
  if (isPlain(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

function characterWidth(character: string): number {
  if (OVERLAID.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}

/** As much of the beginning of a text as fits; the rest of it is the second part. */
export function splitAt(text: string, width: number): readonly [head: string, rest: string] {
  if (isPlain(text)) return [text.slice(0, width), text.slice(width)]
  let used = 0
  let at = 0
  for (const character of text) {
    used += characterWidth(character)
    if (used > width) break
    at += character.length
  }
  return [text.slice(0, at), text.slice(at)]
}

/** A text with spaces after it, up to a width. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/**
 * Breaks a text between words, and a word that is wider than a line within it.
 *
 * @param hang what the lines after the first begin with
 */
export function folded(text: string, width: number, first = '', hang = first): string[] {
  const lines: string[] = []
  let line = first
  let isFresh = true
  const next = () => {
    lines.push(line)
    line = hang
    isFresh = true
  }
  for (const word of text.split(' ')) {
    let rest = word
    if (!isFresh && widthOf(line) + 1 + widthOf(rest) > width) next()
    if (!isFresh) line += ' '
    while (widthOf(line) + widthOf(rest) > width) {
      const [head, tail] = splitAt(rest, width - widthOf(line))
      // Where not even one character fits, it is the cut at the end that must see to it.
      if (head === '') break
      line += head
      rest = tail
      next()
    }
    line += rest
    isFresh = false
  }
  return [...lines, line]
}
