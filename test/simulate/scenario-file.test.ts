// Scenario files: what they mean, and every error at its place.
import { describe, expect, test } from 'bun:test'
import { formatDiagnostics } from '../../src/config/text/diagnostic.ts'
import { drawFaults } from '../../src/simulate/fault.ts'
import { createRandom } from '../../src/simulate/random.ts'
import { parseScenario } from '../../src/simulate/scenario-file.ts'
import { SCENARIOS } from '../../src/simulate/scenarios.ts'
import { type Study, serversNamed } from '../../src/simulate/study.ts'

function good(text: string): Study {
  const parsed = parseScenario(text, 'mine', 'mine.toml')
  if (!parsed.ok) throw new Error(formatDiagnostics(parsed.diagnostics))
  return parsed.value
}

/** "LINE:COLUMN CODE" of each error. */
function errors(text: string): string[] {
  const parsed = parseScenario(text, 'mine', 'mine.toml')
  return parsed.ok
    ? []
    : parsed.diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`)
}

describe('a scenario file', () => {
  test('says who loses what, from when on, and which faults come when', () => {
    const study = good(`
summary = "a bad night"
quiet_after = 50
[[errors]]
servers = [2]
rate = 12.5
bursts = "2s"
from = "1m"
[[fault]]
kind = "crash"
at = "10m"
server = 1
for = "30s"
every = "5m"
repeat = 2
[[fault]]
kind = "partition"
at = "1h"
split = 1
for = "10s"
[[random]]
kind = "freeze"
per_hour = 6
least = "1s"
most = "5s"
servers = [3]
`)
    expect(study.summary).toBe('a bad night')
    expect(study.points).toHaveLength(1)
    expect(study.points[0]?.scenario).toEqual({
      name: 'mine',
      summary: 'a bad night',
      steady: [{ servers: [1], rate: 0.125, burstMs: 2000, fromMs: 60_000 }],
      timed: [
        { atMs: 600_000, fault: { kind: 'crash', server: 0, forMs: 30_000 } },
        { atMs: 900_000, fault: { kind: 'crash', server: 0, forMs: 30_000 } },
        { atMs: 3_600_000, fault: { kind: 'partition', split: 1, forMs: 10_000 } },
      ],
      random: [{ kind: 'freeze', perHour: 6, minMs: 1000, maxMs: 5000, servers: [2] }],
      quietFrom: 0.5,
    })
    expect(serversNamed(study)).toBe(3)
  })

  test('may be a curve, whose rates take the place of the rate that is left out', () => {
    const { points } = good('curve = [1, 50]\n[[errors]]\n[[errors]]\nservers = [1]\nrate = 5\n')
    expect(points.map(({ ratePercent }) => ratePercent)).toEqual([1, 50])
    expect(points[1]?.scenario.steady.map(({ rate }) => rate)).toEqual([0.5, 0.05])
  })

  test('empty is nothing at all', () => {
    expect(good('').points[0]?.scenario).toMatchObject({ steady: [], timed: [], random: [] })
  })

  test('has all its errors reported at their places', () => {
    expect(
      errors(`[[errors]]
servers = [0]
rate = 140
[[fault]]
kind = "crash"
at = "10m"
times = 3
[[fault]]
kind = "cash"
at = 10
[[random]]
kind = "freeze"
per_hour = "6"
least = "1m"
most = "5s"
[[fault]]
kind = "lost-socket"
at = "5m"
every = "1m"
server = 2
[[errors]]
wat = 1
`),
    ).toEqual([
      '2:12 E_RANGE',
      '3:8 E_RANGE',
      '4:1 E_MISSING_KEY',
      '4:1 E_MISSING_KEY',
      '7:1 E_UNKNOWN_KEY',
      '9:8 E_CHOICE',
      '10:6 E_TYPE',
      '13:12 E_TYPE',
      '14:9 E_RANGE',
      '19:1 E_MISSING_KEY',
      '21:1 E_MISSING_KEY',
      '22:1 E_UNKNOWN_KEY',
    ])
  })

  test('a curve that nothing follows, and one without a rate', () => {
    expect(errors('curve = [1]\n[[errors]]\nrate = 1\n')).toEqual(['1:1 E_CONTRADICTION'])
    expect(errors('curve = []\n[[errors]]\n')).toEqual(['1:9 E_EMPTY'])
  })

  test('that is no TOML says so in the words of the configuration', () => {
    const parsed = parseScenario('[[errors]\nrate = 1\n', 'mine', 'mine.toml')
    expect(parsed.ok).toBe(false)
    expect(errors('[[errors]\nrate = 1\n')[0]).toStartWith('1:')
    expect(errors('\u0000')).toEqual(['1:1 E_BINARY'])
  })

  test('can let a socket be lost within a time, and an order reach one server after another', () => {
    const { points } = good(`
[[fault]]
kind = "lost-socket"
at = "1m"
server = 2
within = "30s"
[[fault]]
kind = "order"
at = "2m"
order = [2, 1]
over = "10s"
`)
    expect(points[0]?.scenario.timed.map(({ fault }) => fault)).toEqual([
      { kind: 'lost-socket', server: 1, withinMs: 30_000 },
      { kind: 'order', order: [1, 0], overMs: 10_000 },
    ])
  })

  test('may name a step of the clock, as files of before do, which is left out', () => {
    const step = '[[fault]]\nkind = "clock-step"\nat = "1m"\nserver = 1\nby = "5s"\n'
    const often = '[[random]]\nkind = "clock-step"\nper_hour = 2\n'
    const crash = '[[fault]]\nkind = "crash"\nat = "2m"\nserver = 2\nfor = "1s"\n'
    expect(good(`${step}${often}${crash}`)).toEqual(good(crash))
    expect(errors(`${crash}by = "5s"\n`)).toEqual(['6:1 E_UNKNOWN_KEY'])
    expect(errors(step.replace('by', 'for'))).toEqual(['1:1 E_MISSING_KEY', '5:1 E_UNKNOWN_KEY'])
  })

  test('is explained with a caret and a hint', () => {
    const parsed = parseScenario('[[fault]]\nkind = "cash"\nat = "1m"\n', 'mine', 'mine.toml')
    expect(parsed.ok ? '' : formatDiagnostics(parsed.diagnostics)).toContain(
      '     |        ^^^^^^\n     = hint: did you mean "crash"?',
    )
  })
})

describe('the built-in scenarios', () => {
  test('have names of their own, a summary that fits a line, and need no more than three servers', () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length)
    for (const study of SCENARIOS) {
      expect(study.name.length + study.summary.length).toBeLessThan(90)
      expect(serversNamed(study)).toBeLessThanOrEqual(3)
      expect(study.points.length).toBeGreaterThan(0)
    }
  })

  test('strike whom they name and nobody else', () => {
    const flaps = SCENARIOS.find(({ name }) => name === 'link-flaps')?.points[0]?.scenario
    if (flaps === undefined) throw new Error('link-flaps is gone')
    const faults = drawFaults(flaps, 3, 10 * 3_600_000, createRandom('whom'))
    expect(faults.length).toBeGreaterThan(200)
    expect(new Set(faults.map(({ fault }) => ('server' in fault ? fault.server : null)))).toEqual(
      new Set([0]),
    )
  })
})
