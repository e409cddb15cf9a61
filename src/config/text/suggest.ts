// "Did you mean": the known word nearest to a mistyped one.

const MAX_WORD_LENGTH = 64

/**
 * The candidate nearest to `word`, or null when none is near enough to be what was meant.
 * Case and the difference between `-` and `_` do not count as mistakes.
 */
export function suggest(word: string, candidates: Iterable<string>): string | null {
  if (word.length === 0 || word.length > MAX_WORD_LENGTH) return null
  const folded = fold(word)
  let best: string | null = null
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = mistakes(folded, fold(candidate))
    // A word is not "near" one with which it shares no character.
    if (distance >= Math.max(word.length, candidate.length)) continue
    const isNearer = best !== null && distance === bestDistance && isCloser(folded, candidate, best)
    if (distance < bestDistance || isNearer) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Of two that are as near, such as "for" and "force" to "forcee", the one with less to be changed. */
function isCloser(word: string, candidate: string, other: string): boolean {
  return editDistance(word, fold(candidate)) < editDistance(word, fold(other))
}

/** The suggestion as a hint, or what to do when none is near; by default that lists all candidates. */
export function didYouMean(
  word: string,
  candidates: readonly string[],
  otherwise = `write ${candidates.length === 1 ? '' : 'one of '}${candidates.join(', ')}`,
): string {
  const nearest = suggest(word, candidates)
  return nearest === null ? otherwise : `did you mean "${nearest}"?`
}

/** A word cut short or drawn out ("warning" for "warn") is one mistake, whatever its length. */
function mistakes(word: string, candidate: string): number {
  const shorter = Math.min(word.length, candidate.length)
  const isPrefix = word.startsWith(candidate) || candidate.startsWith(word)
  if (isPrefix && shorter >= 3 && word !== candidate) return 1
  return editDistance(word, candidate)
}

/**
 * Damerau-Levenshtein distance in its optimal string alignment form: insertions, deletions,
 * substitutions and swaps of neighbours cost one each.
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        cell(last, column) + 1,
        cell(current, column - 1) + 1,
        cell(last, column - 1) + (same ? 0 : 1),
      )
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2]
      if (swapped && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, cell(beforeLast, column - 2) + 1)
      }
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return cell(last, b.length)
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll('-', '_')
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
