// Blocks of keepalived.conf as text: a head, lines, and braces where keepalived wants them.

/** A block and its lines, which may be blocks themselves. */
export function block(head: string, lines: readonly string[]): string {
  return [`${head} {`, ...lines.map(indented), '}'].join('\n')
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n')
}
