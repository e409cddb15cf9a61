// The benchmark's report and arithmetic; what it measures is for a run of build/bench to say.
import { describe, expect, test } from 'bun:test'
import type { Figure } from '../../build/benchmark/figure.ts'
import { keptOf, type Report, toMarkdown, toText } from '../../build/benchmark/report.ts'
import { mean, median, percentile } from '../../build/benchmark/statistics.ts'

const FIGURE: Figure = {
  what: 'a check cycle',
  reference: '–',
  goal: '≤ 0.50 s',
  measured: '0.21 s',
  met: true,
  data: { measuredMs: 210 },
}

const REPORT: Report = {
  date: '2026-01-02 03:04',
  command: 'build/bench',
  holdfast: 'holdfast 0.1.0 (0123456789ab, linux-x64)',
  quick: false,
  machine: {
    processor: 'A Processor',
    cores: 2,
    memoryGb: 4,
    kernel: '6.1',
    system: 'Debian',
    bun: '1',
    named: '9',
    keepalived: '2',
    loadBefore: 0.25,
  },
  othersShare: 0,
  figures: [
    FIGURE,
    { ...FIGURE, what: 'a miss', met: false, note: 'why' },
    { ...FIGURE, what: 'no goal', met: null },
  ],
  failures: [],
}

describe('statistics', () => {
  test('percentiles are samples, whatever the order', () => {
    const samples = [5, 1, 4, 2, 3]
    expect(median(samples)).toBe(3)
    expect(percentile(samples, 0.95)).toBe(5)
    expect(percentile(samples, 0)).toBe(1)
    expect(samples).toEqual([5, 1, 4, 2, 3])
  })

  test('of nothing there is no median and no mean', () => {
    expect(() => median([])).toThrow('no samples')
    expect(() => mean([])).toThrow('no samples')
  })
})

describe('the report', () => {
  test('a missed goal is as plain to see as one that is met', () => {
    const lines = toText(REPORT).split('\n')
    expect(lines.find((line) => line.startsWith('a check cycle'))).toEndWith('yes')
    expect(lines.find((line) => line.startsWith('a miss'))).toEndWith('NO')
    expect(lines.find((line) => line.startsWith('no goal'))).toEndWith('–')
  })

  test('the page names the machine, the command and every figure with its note', () => {
    const page = toMarkdown(REPORT)
    for (const text of ['A Processor, 2 cores, 4 GB', '`build/bench`', '0123456789ab']) {
      expect(page).toContain(text)
    }
    expect(page).toContain('| a miss | – | ≤ 0.50 s | 0.21 s | NO |')
    expect(page).toContain('- a miss: why')
    expect(page).not.toContain('Other programs were running')
  })

  test('a run beside other programs, or in a hurry, says so', () => {
    const page = toMarkdown({ ...REPORT, othersShare: 0.5, quick: true })
    expect(page).toContain('Other programs were running')
    expect(page).toContain('A quick run')
  })
})

test('a section that is not of the run outlives any number of new pages', () => {
  const section = '\n<!-- not of build/bench: kept by --write -->\n## Another\n\nA table.\n'
  const page = toMarkdown(REPORT)
  expect(keptOf(page)).toBe('')
  const once = page + keptOf(`# An old page\n${section}`)
  expect(once).toBe(page + section)
  expect(toMarkdown(REPORT) + keptOf(once)).toBe(once)
})
