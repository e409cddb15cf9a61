// The record of a daemon in the lab, as it is told on a terminal of some width in UTC.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseHistory } from '../../../src/documents/lives.ts'
import { historyView } from '../../../src/view/history/history-view.ts'
import { timelineOf } from '../../../src/view/history/occurrences.ts'
import { ASCII } from '../../../src/view/screen.ts'
import { PLAIN } from '../../../src/view/style.ts'

/** named killed and started, drained, orders changed, the daemon killed, and stopped at last. */
export const LAB_RECORD = join(import.meta.dir, '../testdata/history/lab.jsonl')

export function labHistory(columns: number): string {
  const { lives } = parseHistory(readFileSync(LAB_RECORD, 'utf8'))
  return historyView(timelineOf(lives, 0), {
    ...{ style: PLAIN, signs: ASCII, columns, nowMs: 0, sinceMs: null },
    zoneMinutes: () => 0,
  })
}
