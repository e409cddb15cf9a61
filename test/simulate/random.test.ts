// Random numbers: the seed decides them all, and forks know nothing of each other.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createRandom, type Random } from '../../src/simulate/random.ts'

function draw(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.next())
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

test('one seed, one stream; other seeds, other streams', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      const numbers = draw(createRandom(one), 20)
      expect(draw(createRandom(one), 20)).toEqual(numbers)
      if (one !== other) expect(draw(createRandom(other), 20)).not.toEqual(numbers)
    }),
  )
})

test('a fork is decided by its name, not by what was drawn before', () => {
  const early = createRandom('seed').fork('a')
  const parent = createRandom('seed')
  draw(parent, 100)
  expect(draw(parent.fork('a'), 20)).toEqual(draw(early, 20))
})

test('forks are independent of each other and of their parent', () => {
  const parent = createRandom('seed')
  const streams = ['a', 'b', 'a/b', ''].map((name) => draw(parent.fork(name), 4000))
  streams.push(draw(parent, 4000))
  for (const [index, one] of streams.entries()) {
    for (const other of streams.slice(index + 1)) {
      const products = one.map((number, at) => (number - 0.5) * ((other[at] ?? 0) - 0.5))
      // 1/12 is the variance of one stream with itself; this is five deviations of a mean of none.
      expect(Math.abs(mean(products))).toBeLessThan((5 / 12) * 4000 ** -0.5)
    }
  }
})

describe('distributions', () => {
  const random = createRandom('distributions')

  test('next is uniform in [0, 1)', () => {
    const numbers = draw(random, 20_000)
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true)
    expect(mean(numbers)).toBeCloseTo(0.5, 1)
    for (let decile = 0; decile < 10; decile++) {
      const share = numbers.filter((number) => Math.floor(number * 10) === decile).length / 20_000
      expect(Math.abs(share - 0.1)).toBeLessThan(0.015)
    }
  })

  test('chance, exponential, between and pick mean what they say', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => index)
    expect(mean(many.map(() => (random.chance(0.2) ? 1 : 0)))).toBeCloseTo(0.2, 1)
    expect(many.some(() => random.chance(0))).toBe(false)
    expect(many.every(() => random.chance(1))).toBe(true)
    expect(Math.abs(mean(many.map(() => random.exponential(50))) - 50)).toBeLessThan(2)
    const between = many.map(() => random.between(-3, 7))
    expect(between.every((number) => number >= -3 && number < 7)).toBe(true)
    expect(new Set(many.map(() => random.pick(['a', 'b', 'c']))).size).toBe(3)
  })
})
