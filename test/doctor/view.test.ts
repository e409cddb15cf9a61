// What an operator sees of each result, with nothing that steers a terminal.

import { describe, expect, test } from 'bun:test'
import { explanation, listView } from '../../src/doctor/catalogue.ts'
import type { DoctorCheck } from '../../src/doctor/doctor-check.ts'
import { aboutOf } from '../../src/doctor/manual.ts'
import type { CheckResult } from '../../src/doctor/results.ts'
import { categoryView, repeatedTroubles } from '../../src/doctor/view.ts'
import { COLOURED, PLAIN, toAscii } from '../../src/view/style.ts'
import { wrapped } from '../../src/view/text-table.ts'

const OPTIONS = { style: PLAIN, columns: 80 }
const LONG = 'a sentence that is long enough to need more than one line on any terminal there is'

function result(code: string, outcome: CheckResult['outcome']): CheckResult {
  return { code, category: 'bind', title: 'named answers everybody', outcome, tookMs: 1 }
}

const RESULTS: readonly CheckResult[] = [
  result('H401', { kind: 'ok', seen: '4 addresses' }),
  result('H402', { kind: 'ok', seen: LONG }),
  result('H403', {
    kind: 'fail',
    what: `named does not listen on 192.0.2.53: ${LONG}`,
    evidence: ['udp 192.0.2.53:53\ntcp none', 'an \u001b[2J escape'],
    remedy: ['ip address del 192.0.2.53/24 dev eth0', `# Or wait: ${LONG}.`],
  }),
  result('H404', { kind: 'skip', why: 'because of H203: keepalived is not running' }),
  result('H405', {
    kind: 'warn',
    what: 'a trap',
    evidence: Array.from({ length: 30 }, (_, at) => `line ${at}`),
    remedy: ['x'.repeat(100)],
  }),
  result('H406', { kind: 'skip', why: 'because of H203: keepalived is not running' }),
  result('H407', { kind: 'crash', why: 'it had not ended after 12 s' }),
  result('H408', { kind: 'skip', why: 'needs root: /proc' }),
]

describe('a category', () => {
  test('is seen like this', () => {
    expect(categoryView('bind', RESULTS, OPTIONS)).toBe(`bind
  ok    H401  named answers everybody: 4 addresses
  ok    H402  named answers everybody: a sentence that is long enough to need
              more than one line on any terminal there is
  FAIL  H403  named does not listen on 192.0.2.53: a sentence that is long
              enough to need more than one line on any terminal there is
              | udp 192.0.2.53:53
              | tcp none
              | an \\x1b[2J escape
              fix: ip address del 192.0.2.53/24 dev eth0
                   # Or wait: a sentence that is long enough to need more than
                   # one line on any terminal there is.
  skip  H404  because of H203: keepalived is not running (the same for H406)
  WARN  H405  a trap
${Array.from({ length: 12 }, (_, at) => `              | line ${at}`).join('\n')}
              | 18 more lines with --json
              fix: ${'x'.repeat(100)}
  CRASH H407  named answers everybody: unknown, because the check crashed: it
              had not ended after 12 s
  skip  H408  needs root: /proc`)
  })

  test('has the same words in colour', () => {
    const coloured = categoryView('bind', RESULTS, { ...OPTIONS, style: COLOURED })
    expect(coloured).toContain('\u001b[31mFAIL \u001b[0m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences of colour.
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(categoryView('bind', RESULTS, OPTIONS))
  })

  test('keeps to its width, but for what is to be typed', () => {
    for (const columns of [40, 60, 80, 120]) {
      const lines = categoryView('bind', RESULTS, { ...OPTIONS, columns }).split('\n')
      expect(lines.filter((line) => line.length > columns && !line.includes('fix:'))).toEqual([])
    }
  })

  test('is neither wrapped nor cut in a pipe', () => {
    const piped = { ...OPTIONS, columns: Number.POSITIVE_INFINITY }
    const text = categoryView('bind', RESULTS, piped)
    expect(text).toContain(`H402  named answers everybody: ${LONG}\n`)
    expect(text).toContain(`H403  named does not listen on 192.0.2.53: ${LONG}\n`)
    expect(text).toContain(`# Or wait: ${LONG}.\n`)
  })
})

test('a comment stays one, whatever it quotes', () => {
  const [trouble] = RESULTS.flatMap(({ outcome }) => (outcome.kind === 'fail' ? [outcome] : []))
  if (trouble === undefined) throw new Error('there is no trouble')
  const quoting = { ...trouble, evidence: [], remedy: ['# Write x\nreboot\n in place of y.'] }
  expect(categoryView('bind', [result('H403', quoting)], OPTIONS)).toEndWith(
    'fix: # Write x\\x0areboot\\x0a in place of y.',
  )
})

test('troubles are repeated without how they are known', () => {
  expect(repeatedTroubles(RESULTS, OPTIONS)).toBe(
    `  FAIL  H403  named does not listen on 192.0.2.53: a sentence that is long
              enough to need more than one line on any terminal there is
  WARN  H405  a trap`,
  )
  expect(repeatedTroubles(RESULTS.slice(0, 2), OPTIONS)).toBe('')
})

test('a check is listed and explained', () => {
  const check: DoctorCheck = {
    ...{ code: 'H403', category: 'bind', title: 'named listens', severity: 'fail' },
    run: () => ({ kind: 'ok', seen: '' }),
  }
  expect(listView([check], PLAIN, 80)).toBe(
    'CODE  CATEGORY  SEVERITY  CHECK\nH403  bind      failure   named listens',
  )
  const about = aboutOf(check).map((paragraph) => wrapped(paragraph, 80).join('\n'))
  expect(about.length).toBeGreaterThan(1)
  expect(explanation(check, 80)).toBe(
    ['H403 (bind, failure)', 'named listens.', ...about].join('\n\n'),
  )
})

test('a locale that is not UTF-8 gets ASCII', () => {
  expect(toAscii('“a” – b… × é 🎉')).toBe('"a" - b... x ? ?')
})
