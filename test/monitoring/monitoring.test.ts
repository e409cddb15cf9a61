// Alerts, dashboard and documentation: Prometheus' own tests of the rules, and all name metrics that there are.
// UPDATE=1 writes the table of metrics anew.
import { describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseConfig } from '../../src/config/parse.ts'
import { createTally } from '../../src/observers/tally.ts'
import { metricsText } from '../../src/view/metrics/metrics.ts'
import { promtool, whyNoPromtool } from '../support/promtool.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { BALANCER, FAILED } from '../view/status/documents.ts'

const FOLDER = join(import.meta.dir, '../../monitoring')
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8')
const rules = read('holdfast.rules.yml')
const RULE_TESTS = ['holdfast.rules.test.yml', 'holdfast.rules.days.test.yml']
const ruleTests = RULE_TESTS.map(read).join('\n')
const dashboard = JSON.parse(read('holdfast.dashboard.json')) as Dashboard
const DOCS = join(FOLDER, '../docs/monitoring.md')
const METRICS = join(FOLDER, '../docs/reference/metrics.md')
const docs = readFileSync(DOCS, 'utf8')
const metrics = readFileSync(METRICS, 'utf8')

/** As Grafana writes that the source of data is for the reader to choose. */
const VARIABLE = ['$', '{datasource}'].join('')

interface Panel {
  readonly id: number
  readonly title: string
  readonly type: string
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly datasource?: { readonly uid: string }
  readonly targets?: readonly {
    readonly expr: string
    readonly datasource: { readonly uid: string }
  }[]
}

interface Dashboard {
  readonly panels: readonly Panel[]
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: unknown }[]
  }
}

/** Every family, with the labels of its samples. */
const families = (() => {
  const counted = { ...createTally(0).read(0), ...someCounts() }
  const { backends } = BALANCER
  const status = {
    ...FAILED,
    backends,
    override: { ...FAILED.override, untilWallMs: 1 },
  } as typeof FAILED
  const text = metricsText(status, counted, {
    wallMs: 0,
    startedWallMs: 0,
    spool: { waiting: 0, oldestMs: 0 },
    complaints: { config: 0, order: 0, other: 0 },
  })
  const heads = [...text.matchAll(/^# HELP (\w+) (.*)\n# TYPE \w+ (\w+)$/gm)]
  const found = new Map<string, { type: string; help: string; labels: Set<string> }>()
  for (const [, name = '', help = '', type = ''] of heads) {
    const lines = text.split('\n').filter((line) => new RegExp(`^${name}(_bucket)?[{ ]`).test(line))
    const labels = lines.flatMap((line) =>
      [...line.matchAll(/[{,](\w+)="/g)].map(([, match]) => match ?? ''),
    )
    found.set(name, { type, help, labels: new Set(labels) })
  }
  return found
})()

function someCounts() {
  const histogram = { counts: [], count: 0, sumMs: 0 }
  return {
    queries: [{ transport: 'udp', family: 4, group: 'g', outcome: 'ok', count: 1 }],
    latency: [{ transport: 'udp', family: 4, ...histogram }],
    moves: [{ instance: 'recdns0', came: 0, went: 0 }],
  } as const
}

/** Uses of metrics in expressions, each with the labels it is selected by. */
function uses(text: string): { name: string; labels: string[] }[] {
  return [...text.matchAll(/\b(holdfast_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', selectors = '']) => ({
      name: families.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''),
      labels: [...selectors.matchAll(/(\w+)=/g)].map(([, label]) => label ?? ''),
    }),
  )
}

function unknown(text: string): string[] {
  return uses(text).flatMap(({ name, labels }) => {
    const family = families.get(name)
    if (family === undefined) return [name]
    const known = new Set([...family.labels, 'job', 'instance'])
    return labels.filter((label) => !known.has(label)).map((label) => `${name}{${label}}`)
  })
}

const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name ?? '')

describe('the alerts', () => {
  test.skipIf(whyNoPromtool !== null)(
    'pass their own tests',
    () => {
      const checked = promtool(['check', 'rules', 'holdfast.rules.yml'], '', FOLDER)
      expect(checked).toMatchObject({ code: 0, err: '' })
      const tested = promtool(['test', 'rules', ...RULE_TESTS], '', FOLDER)
      expect([...`${tested.out}${tested.err}`.matchAll(/^ *SUCCESS$/gm)]).toHaveLength(
        RULE_TESTS.length,
      )
      expect(tested.code).toBe(0)
    },
    120_000,
  )

  test('fire in a test each', () => {
    const fired = [...ruleTests.matchAll(/alertname: (\w+)\n\s+eval_time: \w+\n\s+exp_alerts:\n/g)]
    expect([...new Set(fired.map(([, name]) => name))].sort()).toEqual(alerts.toSorted())
    expect(alerts.length).toBeGreaterThan(15)
  })

  test('are of metrics that there are, in their tests as well', () => {
    expect(unknown(rules)).toEqual([])
    expect(unknown(ruleTests)).toEqual([])
    expect(uses(rules).length).toBeGreaterThan(alerts.length)
  })

  test('are all in the documentation', () => {
    expect(alerts.filter((name) => !docs.includes(`| \`${name}\` |`))).toEqual([])
  })
})

describe('the dashboard', () => {
  const panels = dashboard.panels
  const queries = panels.flatMap(({ targets = [] }) => targets)

  test('is of metrics that there are', () => {
    expect(queries.length).toBeGreaterThan(15)
    expect(queries.flatMap(({ expr }) => unknown(expr))).toEqual([])
    const variables = dashboard.templating.list.map(({ query }) => JSON.stringify(query)).join('\n')
    expect(unknown(variables.replaceAll('\\"', '"'))).toEqual([])
  })

  test.skipIf(whyNoPromtool !== null)('asks what Prometheus understands', () => {
    using folder = temporaryFolder()
    const records = queries.map(({ expr }, index) => ({
      record: `query:${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replace(/\$\w+/g, '.*'),
    }))
    const file = join(folder.path, 'rules.yml')
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: records }] }))
    expect(promtool(['check', 'rules', file])).toMatchObject({ code: 0, err: '' })
  })

  test('has panels that do not lie upon each other, each with a name of its own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
    for (const [index, { gridPos: a }] of panels.entries()) {
      expect(a.x + a.w).toBeLessThanOrEqual(24)
      for (const { gridPos: b } of panels.slice(index + 1)) {
        const isApart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y
        expect(isApart).toBe(true)
      }
    }
  })

  test('is of whichever data source is chosen', () => {
    const sources = panels
      .filter(({ type }) => type !== 'row')
      .flatMap(({ datasource, targets = [] }) => [
        datasource,
        ...targets.map((target) => target.datasource),
      ])
    expect(new Set(sources.map((source) => source?.uid))).toEqual(new Set([VARIABLE]))
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual([
      'datasource',
      'job',
      'server',
    ])
  })
})

describe('the documentation', () => {
  test('has a row for every metric, as the exposition has it', () => {
    const rows = [...families].map(([name, { type, labels, help }]) => {
      const shown = [...labels].filter((label) => label !== 'le').map((label) => `\`${label}\``)
      return `| \`${name}\` | ${type} | ${shown.join(' ') || '–'} | ${help} |`
    })
    const [before = '', , after = ''] = metrics.split(
      /(?<=<!-- metrics: written by a test -->\n\n.*\n\|---.*\n)((?:\|.*\n)*)/,
    )
    const real = `${before}${rows.join('\n')}\n${after}`
    if (process.env.UPDATE === '1') writeFileSync(METRICS, real)
    expect(readFileSync(METRICS, 'utf8')).toBe(real)
  })

  test('asks for metrics that there are', () => {
    const [, questions = ''] = metrics.split('Example queries:')
    expect(uses(questions).length).toBeGreaterThan(2)
    expect(unknown(questions)).toEqual([])
  })

  test.each([...docs.matchAll(/```toml\n([\s\S]*?)```/g)].map(([, toml]) => toml ?? ''))(
    'is right: %s',
    (toml) => {
      const cluster = '[clusters.p.instances.i]\naddresses = ["192.0.2.53"]\n'
      expect(parseConfig(`${cluster}${toml}`, { file: 'f', hostname: 'ns1' }).ok).toBe(true)
    },
  )
})
