// The last events in the status: those of the history, without a look at the disk.
import { expect, test } from 'bun:test'
import { type HistoryLine, historyText } from '../../src/documents/history-lines.ts'
import { createRecentEvents } from '../../src/runtime/recent-events.ts'
import { BEGIN_MS, OVERRIDE, serverState, start } from '../view/history/made-record.ts'

test('are the newest ten lines of the history, and all lines reach the history as well', () => {
  const recent = createRecentEvents()
  const written: string[] = []
  let flushes = 0
  const history = recent.beside({
    append: (lines) => written.push(...lines),
    flush: () => flushes++,
    close: () => {},
  })
  expect(recent.read()).toEqual([])
  const append = (line: HistoryLine) => history.append([historyText(line)], null)
  append(start(0))
  append(serverState(100, 'healthy'))
  append({ kind: 'beat', nowMs: 200, cycle: 1, startedMs: 150, latencyMs: 1 })
  append({ kind: 'override', nowMs: 300, override: OVERRIDE })
  history.flush()
  expect(recent.read().map(({ text }) => text)).toEqual([
    'start daemon started',
    'serving',
    'drain by root: kernel update',
  ])
  expect(recent.read().at(-1)?.at).toBe(new Date(BEGIN_MS + 300).toISOString())
  for (let at = 0; at < 300; at++)
    append(
      serverState(1000 + at, at % 2 === 0 ? 'failed' : 'healthy', ...(at % 2 === 0 ? ['a'] : [])),
    )
  expect(recent.read()).toHaveLength(10)
  expect(recent.read().at(-2)?.text).toBe('FAILED a')
  expect([written.length, flushes]).toEqual([304, 1])
})
