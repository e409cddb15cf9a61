// Command lines for people to type, with whatever stands in them as one word each.

/** What no shell gives a meaning to. */
const PLAIN = /^[\w@%+=:,./-]+$/

/**
 * A template of a command: its values are words, in quotes where a shell would make something else of
 * them. A list is as many words.
 */
export function shell(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | readonly string[])[]
): string {
  const words = values.map((value) =>
    (Array.isArray(value) ? value : [value]).map((one) => word(`${one}`)),
  )
  return strings.map((text, at) => `${text}${words[at]?.join(' ') ?? ''}`).join('')
}

function word(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
