// Did you mean: the nearest word, and none where nothing is near.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { didYouMean, editDistance, suggest } from '../../../src/config/text/suggest.ts'

const WORDS = ['clusters', 'period', 'backoff_min', 'backoff_max', 'late', 'warn']

describe('suggest', () => {
  test.each([
    ['cluster', 'clusters'],
    ['clutsers', 'clusters'],
    ['perod', 'period'],
    ['PERIOD', 'period'],
    ['backoff-min', 'backoff_min'],
    ['back_off_max', 'backoff_max'],
    ['warning', 'warn'],
    ['lat', 'late'],
  ])('%s: did you mean %s', (word, meant) => {
    expect(suggest(word, WORDS)).toBe(meant)
  })

  test.each(['', 'x', 'zebra', 'quorum', 'p'.repeat(10_000)])('nothing near %j', (word) => {
    expect(suggest(word.slice(0, 100), WORDS)).toBeNull()
  })

  test('of two that begin alike the nearer one, whichever comes first', () => {
    for (const words of [
      ['for', 'force'],
      ['force', 'for'],
    ]) {
      expect(suggest('forcee', words)).toBe('force')
      expect(suggest('forr', words)).toBe('for')
    }
  })

  test('the hint lists all words when none is near', () => {
    expect(didYouMean('zebra', ['udp', 'tcp'])).toBe('write one of udp, tcp')
    expect(didYouMean('upd', ['udp', 'tcp'])).toBe('did you mean "udp"?')
  })
})

describe('edit distance', () => {
  test.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'abxc', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('%j to %j is %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance)
  })

  test('is the same both ways, and zero for equals alone', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 })
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a))
        expect(editDistance(a, b) === 0).toBe(a === b)
      }),
    )
  })
})
