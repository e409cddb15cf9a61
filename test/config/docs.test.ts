// docs/configuration.md: every key with its default, every code, and an example that is real.
// UPDATE=1 rewrites the example's output and the table of codes.
import { describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULTS } from '../../src/config/defaults.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { documentSchema } from '../../src/config/schema.ts'
import { ERROR_CODES } from '../../src/config/text/codes.ts'
import { formatDiagnostics } from '../../src/config/text/format-diagnostic.ts'

const PATH = join(import.meta.dir, '../../docs/configuration.md')
const CONTEXT = { file: 'holdfast.toml', hostname: 'ns1' }

const REQUIRED = ['addresses', 'probes', 'instances', 'channels', 'services', 'servers']

/** From one heading to the next. */
function section(text: string, heading: string): string {
  const [, rest = ''] = text.split(`\n${heading}\n`)
  return rest.split(/\n#+ /, 1)[0] ?? ''
}

interface Schema {
  readonly pipe?: readonly Schema[]
  readonly entries?: Readonly<Record<string, Schema>>
  readonly wrapped?: Schema
  readonly value?: Schema
  readonly default?: unknown
}

function entriesOf(schema: Schema | undefined): Readonly<Record<string, Schema>> {
  if (schema === undefined) return {}
  const parts = schema.pipe ?? []
  const part = parts.find(({ entries, value }) => entries !== undefined || value !== undefined)
  if (part?.entries !== undefined) return part.entries
  return entriesOf(part?.value ?? schema.wrapped)
}

const top = entriesOf(documentSchema as Schema)
const tables: readonly (readonly [heading: string, schema: Schema | undefined])[] = [
  ['## `[server]`', top.server],
  ['## `[pools.POOL]`', top.pools],
  ['### `[pools.POOL.instances.INSTANCE]`', entriesOf(top.pools).instances],
  ['## `[checks.GROUP]`', top.checks],
  ['## `[addresses]`', top.addresses],
  ['## `[timing]`', top.timing],
  ['## `[flap]`', top.flap],
  ['## `[paths]`', top.paths],
  ['## `[daemon]`', top.daemon],
  ['## `[notify]`', top.notify],
  ['### `[notify.channels.CHANNEL]`', entriesOf(top.notify).channels],
  ['## `[servers.NAME]`', top.servers],
  ['## `[keepalived]`', top.keepalived],
  ['## `[warm]`', top.warm],
  ['## `[metrics]`', top.metrics],
  ['## `[balancer]`', top.balancer],
  ['### `[balancer.services.SERVICE]`', entriesOf(top.balancer).services],
  [
    '### `[balancer.services.SERVICE.servers.SERVER]`',
    entriesOf(entriesOf(top.balancer).services).servers,
  ],
  ['### `[keepalived.extra]`', entriesOf(top.keepalived).extra],
]

describe('docs/configuration.md', () => {
  const text = readFileSync(PATH, 'utf8')

  test('has a section for every table', () => {
    const headings = tables.map(([heading]) => heading).filter((heading) => !section(text, heading))
    expect(headings).toEqual([])
    expect(Object.keys(top)).toHaveLength(
      tables.filter(([heading]) => heading.startsWith('## ')).length,
    )
  })

  test.each(tables)('%s: its keys and defaults, and no others', (heading, schema) => {
    const rows = [...section(text, heading).matchAll(/^\| `(\w+)` \| (.*?) \| /gm)]
    const entries = entriesOf(schema)
    expect(rows.map(([, key]) => key).toSorted()).toEqual(Object.keys(entries).toSorted())
    for (const [, key = '', shown] of rows) {
      const value = entries[key]?.default
      // Lists and tables that must not be empty, or that stand for another, are described.
      const isRequired = REQUIRED.includes(key)
      if (value === undefined || isRequired) continue
      expect(`${key}: ${shown}`).toBe(`${key}: \`${JSON.stringify(value).replaceAll(',', ', ')}\``)
    }
  })

  test('defaults that depend on the kind of a group', () => {
    const checks = section(text, '## `[checks.GROUP]`')
    const { required, upstream } = DEFAULTS
    const list = (words: readonly string[]) => JSON.stringify(words).replaceAll(',', ', ')
    expect(checks).toContain(
      `| \`transports\` | required: \`${list(required.transports)}\`, upstream: \`${list(upstream.transports)}\` |`,
    )
    expect(checks).toContain(
      `| \`timeout\` | required: \`"${required.timeout}"\`, upstream: \`"${upstream.timeout}"\` |`,
    )
    expect(checks).toContain(`| \`period\` | \`"${upstream.period}"\` |`)
    expect(checks).toContain(`| \`fall\` | \`${upstream.fall}\` |`)
    expect(checks).toContain(`| \`rise\` | \`${upstream.rise}\` |`)
    expect(checks).toContain(`probes = ["${DEFAULTS.localGroup.question}"]`)
  })

  test('every TOML block but the faulty one is valid', () => {
    const blocks = [...text.matchAll(/```toml\n(.*?)```/gs)].map(([, block = '']) => block)
    const pool = '[pools.p.instances.i]\naddresses = ["192.0.2.99"]\n'
    const group = (block: string) => (block.startsWith('probes') ? `[checks.g]\n${block}` : block)
    const verdicts = blocks.map((block) => parseConfig(`${pool}${group(block)}`, CONTEXT).ok)
    expect(verdicts).toEqual([true, true, true, true, true, true, false])
  })

  test('the example of errors and the list of codes are real', () => {
    const [before = '', after = ''] = text.split(/(?<=<!-- checked by a test.*-->\n)/)
    const [, faulty = '', between = ''] = /^```toml\n(.*?)```(.*?)```\n/s.exec(after) ?? []
    const parsed = parseConfig(faulty, CONTEXT)
    const said = parsed.ok ? '' : formatDiagnostics(parsed.diagnostics)
    const [, closing = ''] = /\n```\n(\nWhere the TOML itself.*?\|---\|---\|\n)/s.exec(after) ?? []
    const codes = Object.entries(ERROR_CODES).map(
      ([code, meaning]) => `| \`${code}\` | ${meaning} |`,
    )
    const real = `${before}\`\`\`toml\n${faulty}\`\`\`${between}\`\`\`\n${said}\n\`\`\`\n${closing}${codes.join('\n')}\n`
    if (process.env.UPDATE === '1') writeFileSync(PATH, real)
    expect(real).toBe(readFileSync(PATH, 'utf8'))
  })
})
