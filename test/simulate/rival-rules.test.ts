// The rivals' ways of counting, result by result.
import { describe, expect, test } from 'bun:test'
import type { Judge } from '../../src/simulate/rival-parts.ts'
import { exabgp, gdnsd, trackScript } from '../../src/simulate/rival-rules.ts'
import { RIVALS } from '../../src/simulate/rivals.ts'

/** Feeds `+` and `-`, and hands back up as `U` and down as `d`, with `*` after a fast wait. */
function fed(judge: Judge, results: string, usualMs: number): string {
  return [...results]
    .map((result) => {
      const { up, waitMs } = judge(result === '+')
      return `${up ? 'U' : 'd'}${waitMs < usualMs ? '*' : ''}`
    })
    .join('')
}

describe('keepalived', () => {
  const script = () => trackScript({ intervalMs: 1000, fall: 3, rise: 3 })

  test('the first result decides alone', () => {
    expect(fed(script(), '+', 1000)).toBe('U')
    expect(fed(script(), '-', 1000)).toBe('d')
  })

  test('then only consecutive ones do', () => {
    expect(fed(script(), '+--+---++-+++', 1000)).toBe('UUUUUUddddddU')
  })

  test('with 1 and 1 every result does', () => {
    expect(fed(trackScript({ intervalMs: 1000, fall: 1, rise: 1 }), '+-+--+', 1000)).toBe('UdUddU')
  })
})

describe('exabgp', () => {
  const check = () => exabgp({ intervalMs: 5000, fastMs: 1000, fall: 3, rise: 3 })

  test('announces nothing before it has risen, at the fast interval', () => {
    expect(fed(check(), '+++', 5000)).toBe('d*d*U')
  })

  test('a single failure makes it rise again, fast, without going down', () => {
    expect(fed(check(), '+++-+++', 5000)).toBe('d*d*UU*U*U*U')
  })

  test('falls after three in a row', () => {
    expect(fed(check(), '+++--+---', 5000)).toBe('d*d*UU*U*U*U*U*d')
  })
})

describe('gdnsd', () => {
  const monitor = () => gdnsd({ up: 3, ok: 2, down: 3 }, 10_000)

  test('failures add up until enough passes in a row clear them', () => {
    expect(fed(monitor(), '+-+-+-', 10_000)).toBe('UUUUUd')
    expect(fed(monitor(), '+--++--', 10_000)).toBe('UUUUUUU')
  })

  test('comes back after enough passes in a row', () => {
    expect(fed(monitor(), '-++-+++', 10_000)).toBe('ddddddU')
  })
})

test('every rival names its source and has a name of its own', () => {
  for (const { source } of RIVALS) expect(source.length).toBeGreaterThan(20)
  expect(new Set(RIVALS.map(({ name }) => name)).size).toBe(RIVALS.length)
})
