// The same text for terminals whose locale is not UTF-8.

/** Whether the locale of these variables is UTF-8, by the order in which locale(7) reads them. */
export function isUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
  const named = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((it) => it !== undefined && it !== '')
  return /utf-?8/i.test(named ?? '')
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
