// Text for terminals: in colour or without, nothing that steers them, and ASCII where that is all they show.

/** Each paints a text; the plain style hands it back as it is. */
export interface Style {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly doubtful: (text: string) => string
  readonly faint: (text: string) => string
  readonly strong: (text: string) => string
}

const same = (text: string) => text

export const PLAIN: Style = { good: same, bad: same, doubtful: same, faint: same, strong: same }

/** SGR sequences (ECMA-48 section 8.3.117) that every terminal of the last decades knows. */
export const COLOURED: Style = {
  good: paint(32),
  bad: paint(31),
  doubtful: paint(33),
  faint: paint(2),
  strong: paint(1),
}

/** Whether to use colour on a stream: only on terminals, and never against the operator's wish (no-color.org). */
export function wantsColour(
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return isTerminal && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'
}

/**
 * Control characters shown as such: text from files and the network must not steer a terminal, nor
 * turn the direction of writing, nor hide in it.
 */
export function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about.
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\p{Cf}\p{Cs}]/gu, (character) => {
    return `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`
  })
}

function paint(code: number): (text: string) => string {
  return (text) => `\u001b[${code}m${text}\u001b[0m`
}

const SPELLED: Readonly<Record<string, string>> = {
  '…': '...',
  '–': '-',
  '—': '-',
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '×': 'x',
  '→': '->',
}

/** Every other character beyond ASCII becomes a question mark. */
export function toAscii(text: string): string {
  return text.replace(/[^\p{ASCII}]/gu, (character) => SPELLED[character] ?? '?')
}
