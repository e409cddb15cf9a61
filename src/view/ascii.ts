// The same text for terminals whose locale is not UTF-8.

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
