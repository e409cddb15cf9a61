// The TOML parser itself, as the tests' second opinion.
import { parse } from 'smol-toml'

/** The document, or null when the text is not TOML. */
export function parseToml(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return null
  }
}
