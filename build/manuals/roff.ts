// Text as roff takes it: nothing in it is a request, an escape or a hyphen to be changed.

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '"': '\\(dq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '…': '...',
  '’': '\\(cq',
  '–': '\\(en',
}

/** A text within a line. */
export function escaped(text: string): string {
  return Array.from(text, (character) => {
    const special = SPECIAL[character]
    if (special !== undefined) return special
    const code = character.codePointAt(0) ?? 0
    if (code < 32 || code === 127) return ' '
    return code < 127 ? character : `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`
  }).join('')
}

/** A text that begins a line, where a period would begin a request. */
export function line(text: string): string {
  const safe = escaped(text)
  return safe.startsWith('.') ? `\\&${safe}` : safe
}

export const bold = (text: string) => `\\fB${escaped(text)}\\fR`
export const italic = (text: string) => `\\fI${escaped(text)}\\fR`

export function section(title: string): string {
  return `.SH ${title}`
}

/** A tag, and what it means, indented. */
export function tagged(tag: string, meaning: readonly string[]): string[] {
  return ['.TP', tag, ...meaning.map(line)]
}

export function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((text, at) => (at === 0 ? [line(text)] : ['.PP', line(text)]))
}

/** Lines as they are, to be typed. */
export function example(lines: readonly string[]): string[] {
  return ['.PP', '.nf', '.RS', ...lines.map(line), '.RE', '.fi']
}
