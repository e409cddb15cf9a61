// What the client makes of its records: losses, gaps and who answered.
import { expect, test } from 'bun:test'
import { type QueryRecord, type Stream, summarize } from './client-report.ts'

const STREAMS: Stream[] = [
  { transport: 'udp', family: 'v4', address: '192.0.2.53' },
  { transport: 'tcp', family: 'v4', address: '192.0.2.53' },
]

function answered(stream: number, sentMs: number, server: string): QueryRecord {
  return { stream, sentMs, latencyMs: 2, server, loss: null }
}

function lost(stream: number, sentMs: number, loss: string): QueryRecord {
  return { stream, sentMs, latencyMs: 1000, server: null, loss }
}

test('a gap runs from the first lost query to the next answered one of its stream', () => {
  const report = summarize(
    STREAMS,
    [
      answered(0, 0, 's1'),
      lost(0, 10, 'timeout'),
      answered(1, 15, 's1'),
      lost(0, 20, 'timeout'),
      answered(0, 40, 's2'),
    ],
    1,
  )
  expect(report.longestGapMs).toBe(30)
  expect(report.outages).toEqual([{ stream: 0, fromMs: 10, toMs: 40, lost: 2 }])
  expect(report.byServer).toEqual({ s1: 2, s2: 1 })
  expect(report.lostBy).toEqual({ timeout: 2 })
  expect(report.streams.map((stream) => stream.lost)).toEqual([2, 0])
  expect(report.unservedAtEnd).toBe(0)
})

test('records that end out of order are put in the order of sending', () => {
  const report = summarize(STREAMS, [answered(0, 20, 's1'), lost(0, 0, 'timeout')], 0)
  expect(report.outages).toEqual([{ stream: 0, fromMs: 0, toMs: 20, lost: 1 }])
})

test('a stream that is down at the end is said to be unserved', () => {
  const records = [answered(0, 0, 's1'), answered(1, 0, 's1'), lost(1, 10, 'refused')]
  expect(summarize(STREAMS, [...records, lost(1, 50, 'refused')], 0)).toMatchObject({
    unservedAtEnd: 1,
    longestGapMs: 40,
  })
})

test('no lost query means no gap, however slow the answers were', () => {
  const report = summarize(STREAMS, [answered(0, 0, 's1'), answered(0, 900, 's1')], 0)
  expect(report).toMatchObject({ lost: 0, longestGapMs: 0, slowestMs: 2 })
})
