// Random numbers that a seed decides: one seed, one history.

/** A stream of random numbers; streams forked by different names are independent. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** True with probability `p`. */
  chance(p: number): boolean
  /** Exponentially distributed with this mean. */
  exponential(mean: number): number
  /** Uniform in [low, high). */
  between(low: number, high: number): number
  pick<T>(items: readonly T[]): T
  /** A stream of its own, decided by this one's seed and the name alone, not by what was drawn. */
  fork(name: string): Random
}

/** sfc32, a small fast counting generator by Chris Doty-Humphrey (PractRand), seeded from a text. */
export function createRandom(seed: string): Random {
  let a = hash(seed, 0x9e3779b9)
  let b = hash(seed, 0x243f6a88)
  let c = hash(seed, 0xb7e15162)
  let counter = 1

  function next(): number {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
  for (let warmUp = 0; warmUp < 12; warmUp++) next()

  return {
    next,
    chance: (p) => p > 0 && next() < p,
    exponential: (mean) => -mean * Math.log(1 - next()),
    between: (low, high) => low + (high - low) * next(),
    pick: (items) => items[Math.floor(next() * items.length)] as (typeof items)[number],
    fork: (name) => createRandom(`${seed}/${name}`),
  }
}

/** FNV-1a over the text's UTF-16 units, finished as MurmurHash3 does so that near seeds differ widely. */
function hash(text: string, basis: number): number {
  let value = basis | 0
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return value ^ (value >>> 16)
}
