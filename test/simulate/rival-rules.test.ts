// The rivals' ways of counting, result by result.
import { expect, test } from 'bun:test'
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

const keepalived = (fall: number, rise: number) => trackScript({ intervalMs: 1000, fall, rise })
const EXABGP = { intervalMs: 5000, fastMs: 1000, fall: 3, rise: 3 }
const GDNSD = { up: 3, ok: 2, down: 3 }

test.each<readonly [what: string, judge: Judge, usualMs: number, results: string, states: string]>([
  ['keepalived: a first pass decides alone', keepalived(3, 3), 1000, '+', 'U'],
  ['keepalived: a first failure decides alone', keepalived(3, 3), 1000, '-', 'd'],
  ['keepalived: consecutive ones', keepalived(3, 3), 1000, '+--+---++-+++', 'UUUUUUddddddU'],
  ['keepalived: with 1 and 1 every result', keepalived(1, 1), 1000, '+-+--+', 'UdUddU'],
  ['exabgp: fast, and nothing before it has risen', exabgp(EXABGP), 5000, '+++', 'd*d*U'],
  ['exabgp: one failure, risen again, never down', exabgp(EXABGP), 5000, '+++-+++', 'd*d*UU*U*U*U'],
  ['exabgp: three in a row', exabgp(EXABGP), 5000, '+++--+---', 'd*d*UU*U*U*U*U*d'],
  ['gdnsd: failures add up', gdnsd(GDNSD, 10_000), 10_000, '+-+-+-', 'UUUUUd'],
  ['gdnsd: enough passes clear them', gdnsd(GDNSD, 10_000), 10_000, '+--++--', 'UUUUUUU'],
  ['gdnsd: enough passes bring it back', gdnsd(GDNSD, 10_000), 10_000, '-++-+++', 'ddddddU'],
])('%s', (_, judge, usualMs, results, states) => {
  expect(fed(judge, results, usualMs)).toBe(states)
})

test('every rival names its source and has a name of its own', () => {
  for (const { source } of RIVALS) expect(source.length).toBeGreaterThan(20)
  expect(new Set(RIVALS.map(({ name }) => name)).size).toBe(RIVALS.length)
})
