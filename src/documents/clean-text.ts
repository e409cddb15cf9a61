// Text from outside: made fit for a line (no control characters, no line breaks, and an end), or read as JSON.

/** Instances of our own configs have names of at most 64 characters; others are cut. */
const MAX_NAME_LENGTH = 64

/**
 * A name as it may stand in a header, an environment and a path's last part. What a name of ours
 * cannot contain becomes "?".
 */
export function cleanName(text: string): string {
  const name = text.slice(0, MAX_NAME_LENGTH).replace(/[^A-Za-z0-9._-]/g, '?')
  return name === '' ? '?' : name
}

/**
 * One line of text in which every character can be seen: controls, line separators, marks that turn
 * the direction of writing, and halves of surrogate pairs become "?".
 */
export function cleanLine(text: string, most: number): string {
  const characters = Array.from(text.slice(0, 2 * most), (character) =>
    UNSEEN.test(character) ? '?' : character,
  )
  return characters.length <= most
    ? characters.join('')
    : `${characters.slice(0, most - 1).join('')}…`
}

const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u

/** ASCII for places where nothing else is understood, such as headers. */
export function asciiLine(text: string, most: number): string {
  return cleanLine(text, most)
    .replaceAll('…', '...')
    .replace(/[^\x20-\x7e]/gu, '?')
}

/** What a JSON document says; undefined, which none can say, for a text that is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
