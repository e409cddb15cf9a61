// Which checks are meant by the codes and categories that the operator named.
import { suggest } from '../config/text/suggest.ts'
import { CATEGORIES, type Check } from './doctor-check.ts'

export type Choice =
  | { readonly ok: true; readonly checks: readonly Check[] }
  | { readonly ok: false; readonly error: string }

/**
 * @param only codes and categories, in any case; all checks when it is empty
 * @param skip codes and categories to leave out of those
 */
export function choose(
  checks: readonly Check[],
  only: readonly string[],
  skip: readonly string[],
): Choice {
  const known = [...checks.map(({ code }) => code), ...CATEGORIES]
  const unknown = [...only, ...skip].find((word) => !known.some((name) => isSame(name, word)))
  if (unknown !== undefined) {
    const guess = suggest(unknown, known)
    const advice = guess === null ? 'see "holdfast doctor --list"' : `did you mean ${guess}?`
    return { ok: false, error: `there is no check "${unknown}"; ${advice}` }
  }
  const isNamed = ({ code, category }: Check, words: readonly string[]) =>
    words.some((word) => isSame(code, word) || isSame(category, word))
  const chosen = checks.filter(
    (check) => (only.length === 0 || isNamed(check, only)) && !isNamed(check, skip),
  )
  return chosen.length > 0
    ? { ok: true, checks: chosen }
    : { ok: false, error: 'no check is left after --only and --skip' }
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
