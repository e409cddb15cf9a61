// Whatever the text, the parser answers; and what it accepts holds no holes.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseConfig } from '../../src/config/parse.ts'
import { formatDiagnostics } from '../../src/config/text/diagnostic.ts'
import { parseToml } from './parse-toml.ts'

const CONTEXT = { file: 'holdfast.toml', hostname: 'ns1' }

const PIECES = [
  '[clusters.a.instances.b]\n',
  'addresses = ["192.0.2.53"]\n',
  'addresses = [\n',
  '[checks.up]\n',
  'kind = "upstream"\n',
  'probes = ["a A", { question = "b A" }]\n',
  '[[checks.up.probes]]\n',
  'quorum = 2\n',
  '[timing]\n',
  'check_interval = "1s"\n',
  'check_interval = 1e400\n',
  'period = nan\n',
  'slow_threshold_min = ""\n',
  '[flap]\n',
  'rise = -0\n',
  'backoff_min = "99999h"\n',
  '"""',
  "'''",
  '[',
  ']',
  '{',
  '}',
  '"',
  '=',
  '.',
  ',',
  '#',
  '\n',
  '\r\n',
  '\\',
  '\0',
  '\ufeff',
  '\ud800',
  'a',
  '__proto__',
]
const tomlSoup = fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((all) => all.join(''))
const anyText = fc.oneof(
  tomlSoup,
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => new TextDecoder().decode(bytes)),
)

/** `null` is what a config says for none. */
function holes(value: unknown, path = ''): string[] {
  if (value === null) return []
  if (value === undefined || Number.isNaN(value)) return [path]
  if (typeof value === 'number') return value >= 0 && Number.isSafeInteger(value) ? [] : [path]
  if (typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, member]) => holes(member, `${path}.${key}`))
}

test('any text: never an exception, never a hole, every error in its place', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const parsed = parseConfig(text, CONTEXT)
      if (parsed.ok) {
        expect(holes(parsed.value)).toEqual([])
        return
      }
      expect(parsed.diagnostics.length).toBeGreaterThan(0)
      expect(formatDiagnostics(parsed.diagnostics)).not.toMatch(/undefined|\[object|\0/)
      const lines = text.split('\n')
      let last = 0
      for (const { line, column } of parsed.diagnostics) {
        expect(line).toBeGreaterThanOrEqual(last)
        expect(column).toBeGreaterThanOrEqual(1)
        expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1)
        last = line
      }
    }),
    { numRuns: 1500 },
  )
})

/** A config in which anything that can vary does, as TOML text. */
const duration = (leastMs: number, mostMs: number) =>
  fc.integer({ min: leastMs, max: mostMs }).map((durationMs) => `"${durationMs}ms"`)
const validTable = fc.record(
  {
    check_interval: duration(10, 600_000),
    slow_threshold_min: duration(1, 30_000),
    retries: fc.integer({ min: 0, max: 10 }),
    retry_window: duration(0, 10_000),
    max_concurrent_queries: fc.integer({ min: 1, max: 4096 }),
  },
  { requiredKeys: [] },
)

test('any values within bounds are accepted, and arrive unchanged', () => {
  fc.assert(
    fc.property(validTable, (timing) => {
      const keys = Object.entries(timing).map(([key, value]) => `${key} = ${value}`)
      const cluster = '[clusters.a.instances.b]\naddresses = ["192.0.2.53"]\n'
      const parsed = parseConfig(`${cluster}[timing]\n${keys.join('\n')}\n`, CONTEXT)
      if (!parsed.ok) throw new Error(formatDiagnostics(parsed.diagnostics))
      const milliseconds = (text: string | undefined, otherwise: number) =>
        text === undefined ? otherwise : Number.parseInt(text.slice(1), 10)
      expect(parsed.value.timing).toEqual({
        checkIntervalMs: milliseconds(timing.check_interval, 1000),
        slowThresholdMinMs: milliseconds(timing.slow_threshold_min, 50),
        retries: timing.retries ?? 3,
        retryWindowMs: milliseconds(timing.retry_window, 100),
        maxConcurrentQueries: timing.max_concurrent_queries ?? 256,
      })
    }),
    { numRuns: 200 },
  )
})

test('blanking keeps what can be read: a valid file with one broken line has one complaint', () => {
  const lines = [
    '[clusters.recdns.instances.recdns0]',
    'addresses = ["192.0.2.53"]',
    'reverse_order = true',
    '[checks.up]',
    'kind = "upstream"',
    'quorum = 2',
    'probes = ["a A", "b A", "c A"]',
    '[flap]',
    'rise = 3',
    'rise_holder = 2',
    'backoff_min = "2s"',
    'backoff_max = "3s"',
  ]
  expect(parseToml(lines.join('\n'))).not.toBeNull()
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: lines.length - 1 }),
      fc.constantFrom('?', '= 1', 'a = b = c', '[', 'x = [[1,', 'x = "', 'x = """', 'x = {'),
      (index, broken) => {
        const text = lines.map((line, at) => (at === index ? broken : line)).join('\n')
        const parsed = parseConfig(text, CONTEXT)
        if (parsed.ok) throw new Error('a broken line was accepted')
        expect(parsed.diagnostics.map(({ code }) => code)).toContain('E_SYNTAX')
        // Keys that lost their header belong to the table above: those alone may be complained of.
        const others = parsed.diagnostics.filter(({ code }) => code !== 'E_SYNTAX')
        const isHeaderGone = lines[index]?.startsWith('[') ?? false
        if (!isHeaderGone) expect(others).toEqual([])
        expect(parsed.diagnostics.length - others.length).toBe(1)
      },
    ),
    { numRuns: 300 },
  )
})
