// The demo's table: every loss is counted once, with the event that caused it.
import { describe, expect, test } from 'bun:test'
import { costsOf, summaryLines } from '../../build/demonstration/summary.ts'
import { type QueryRecord, summarize } from '../lab/client-report.ts'

const STREAMS = [{ transport: 'udp', family: 'v4', address: '192.0.2.53' }] as const

/** One query every 10 ms for two seconds; those sent in [from, to) are lost. */
function reportWith(...outages: readonly (readonly [from: number, to: number])[]) {
  const records = Array.from({ length: 200 }, (_, index): QueryRecord => {
    const sentMs = index * 10
    const lost = outages.some(([from, to]) => sentMs >= from && sentMs < to)
    const fate = lost ? { server: null, loss: 'timeout' } : { server: 'ns1', loss: null }
    return { stream: 0, sentMs, latencyMs: 1, ...fate }
  })
  return summarize(STREAMS, records, 0)
}

describe('the cost of an event', () => {
  test('is what was lost until the next one, and the longest gap', () => {
    const report = reportWith([500, 600], [700, 730], [1500, 1800])
    expect(costsOf([{ atMs: 0 }, { atMs: 500 }, { atMs: 1490 }], report)).toEqual([
      { lost: 0, gapMs: 0 },
      { lost: 13, gapMs: 100 },
      { lost: 30, gapMs: 300 },
    ])
  })

  test('takes in a query that was under way when it happened', () => {
    const report = reportWith([490, 600])
    const costs = costsOf([{ atMs: 0 }, { atMs: 500 }], report)
    expect(costs.map(({ lost }) => lost)).toEqual([0, 11])
  })
})

test('the table fits 80 columns and has the sum below', () => {
  const happenings = [
    { atMs: 0, title: 'all is well', holder: 'ns1' },
    { atMs: 500, title: 'pkill named on ns1', holder: 'ns2' },
  ]
  const lines = summaryLines(happenings, reportWith([500, 600]))
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  expect(lines[3]).toMatch(/^2 {2}pkill named on ns1 +ns2 +10 +100$/)
  expect(lines).toContain('200 queries were sent, 190 answered (95.00 %), 10 lost.')
})
