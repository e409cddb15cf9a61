// The report: a line per category, then what is wrong, then one line that sums up.
import { describe, expect, test } from 'bun:test'
import type { Category } from '../../src/doctor/doctor-check.ts'
import { reportView, troublesView } from '../../src/doctor/report.ts'
import { type CheckOutcome, type CheckResult, summaryOf } from '../../src/doctor/results.ts'
import { COLOURED, PLAIN } from '../../src/view/style.ts'

const PIPE = { style: PLAIN, columns: Number.POSITIVE_INFINITY }
const TERMINAL = { style: PLAIN, columns: 80 }

function result(code: string, category: Category, outcome: CheckOutcome): CheckResult {
  return { code, category, title: 'Title', outcome, tookMs: 1 }
}

const OK: CheckOutcome = { kind: 'ok', seen: 'seen' }
const skipped = (why: string): CheckOutcome => ({ kind: 'skip', why })
const BROKEN: CheckOutcome = {
  kind: 'fail',
  what: 'keepalived is not running',
  evidence: ['no process is named "keepalived"'],
  remedy: ['# Only now:', 'systemctl start keepalived'],
}
const TRAP: CheckOutcome = { ...BROKEN, kind: 'warn', what: 'ip_nonlocal_bind is on', evidence: [] }

const RESULTS: readonly CheckResult[] = [
  ...Array.from({ length: 12 }, (_, at) => result(`H1${10 + at}`, 'holdfast', OK)),
  result('H131', 'holdfast', skipped('systemd does not run on this host')),
  result('H132', 'holdfast', skipped('systemd does not run on this host')),
  result('H133', 'holdfast', skipped('needs root: /run/holdfast')),
  result('H202', 'keepalived', OK),
  result('H203', 'keepalived', BROKEN),
  result('H207', 'keepalived', skipped('because of H203: keepalived is not running')),
  result('H208', 'keepalived', skipped('because of H101: the configuration cannot be read')),
  result('H301', 'vrrp', skipped('because of H203: keepalived is not running')),
  result('H401', 'bind', { kind: 'crash', why: 'it had not ended after 12 s' }),
  result('H501', 'network', OK),
  result('H502', 'network', TRAP),
]

const examined = (results: readonly CheckResult[]) => ({
  ...{ results, summary: summaryOf(results), tookMs: 2340 },
})

describe('the report', () => {
  test('is seen like this in a pipe', () => {
    expect(reportView(examined(RESULTS), PIPE)).toBe(
      `ok    holdfast    12 ok                                  3 skipped: systemd does not run on this host (2); needs root (1)
FAIL  keepalived   1 ok  1 failed                        2 skipped: because of H203 (1); because of H101: the configuration cannot be read (1)
skip  vrrp        1 skipped: because of H203
CRASH bind                                    1 crashed
WARN  network      1 ok            1 warning

FAIL  H203  keepalived is not running
            | no process is named "keepalived"
            fix: # Only now:
                 systemctl start keepalived

CRASH H401  Title: unknown, because the check crashed: it had not ended after 12 s

WARN  H502  ip_nonlocal_bind is on
            fix: # Only now:
                 systemctl start keepalived

1 failure, 1 warning, 1 crashed, 14 ok, 6 skipped (1 needs root) in 2.3 s. More: holdfast doctor -v, --explain H203`,
    )
  })

  test('has the same words in colour, and on a terminal', () => {
    const plain = reportView(examined(RESULTS), PIPE)
    const coloured = reportView(examined(RESULTS), { ...PIPE, style: COLOURED })
    expect(coloured).toContain('\u001b[31mFAIL  \u001b[0m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences of colour.
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain)
    const words = (text: string) => text.split(/\s+/)
    expect(words(reportView(examined(RESULTS), TERMINAL))).toEqual(words(plain))
  })

  test('keeps to the width of a terminal', () => {
    for (const columns of [60, 80, 120]) {
      const lines = reportView(examined(RESULTS), { ...TERMINAL, columns }).split('\n')
      expect(lines.filter((line) => line.length > columns)).toEqual([])
    }
  })

  test('counts rare reasons for skips together', () => {
    const many = Array.from({ length: 9 }, (_, at) =>
      result(`H30${at}`, 'vrrp', skipped(`reason ${Math.max(0, at - 2)}`)),
    )
    expect(reportView(examined(many), PIPE)).toStartWith(
      'skip  vrrp        9 skipped: reason 0 (3); reason 1 (1); reason 2 (1); reason 3 (1); other reasons (3)\n',
    )
  })

  test('of a host on which all is well is short', () => {
    expect(reportView(examined([result('H501', 'network', OK)]), PIPE)).toBe(
      `ok    network     1 ok

1 ok in 2.3 s. More: holdfast doctor -v`,
    )
  })
})

test('troubles alone are blocks with nothing around them', () => {
  const text = troublesView(RESULTS, PIPE)
  expect(text.match(/\bH\d\d\d/g)).toEqual(['H203', 'H401', 'H502'])
  expect(troublesView([result('H501', 'network', OK)], PIPE)).toBe('')
})
