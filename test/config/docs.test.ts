// docs/reference/configuration.md: every key with its default, every code, and an example that is real.
// UPDATE=1 rewrites the tables of keys and of codes, and the example's output.
import { describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LOCAL_GROUP } from '../../src/config/build.ts'
import type { Key, Keys } from '../../src/config/key.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { probeTable } from '../../src/config/probe-table.ts'
import { documentSchema } from '../../src/config/schema.ts'
import type { NamedTables, Table } from '../../src/config/schema-parts.ts'
import { ERROR_CODES } from '../../src/config/text/complaint.ts'
import { formatDiagnostics } from '../../src/config/text/diagnostic.ts'

const PATH = join(import.meta.dir, '../../docs/reference/configuration.md')
const CONTEXT = { file: 'holdfast.toml', hostname: 'ns1' }

const { keys } = documentSchema
const cluster = keys.clusters.schema.each.keys
const { channels } = keys.notify.schema.keys
const balancer = keys.balancer.schema.keys
const service = balancer.services.schema.each.keys

const TABLES: readonly (readonly [heading: string, keys: Keys])[] = [
  ['## `[server]`', keys.server.schema.keys],
  ['## `[clusters.CLUSTER]`', cluster],
  ['### `[clusters.CLUSTER.instances.INSTANCE]`', cluster.instances.schema.each.keys],
  ['## `[checks.GROUP]`', keys.checks.schema.each.keys],
  ['### Probes', probeTable.keys],
  ['## `[addresses]`', keys.addresses.schema.keys],
  ['## `[timing]`', keys.timing.schema.keys],
  ['## `[flap]`', keys.flap.schema.keys],
  ['## `[paths]`', keys.paths.schema.keys],
  ['## `[daemon]`', keys.daemon.schema.keys],
  ['## `[notify]`', keys.notify.schema.keys],
  ['### `[notify.channels.CHANNEL]`', channels.schema.each.keys],
  ['## `[servers.NAME]`', keys.servers.schema.each.keys],
  ['## `[keepalived]`', keys.keepalived.schema.keys],
  ['## `[cache_warming]`', keys.cache_warming.schema.keys],
  ['## `[metrics]`', keys.metrics.schema.keys],
  ['## `[balancer]`', balancer],
  ['### `[balancer.services.SERVICE]`', service],
  ['### `[balancer.services.SERVICE.servers.SERVER]`', service.servers.schema.each.keys],
  ['### `[keepalived.extra_lines]`', keys.keepalived.schema.keys.extra_lines.schema.keys],
]

/** The tables as the page has them: those that hardly anybody needs come last, in a section of their own. */
const SECTIONS: readonly (readonly [heading: string, keys: Keys])[] = [false, true].flatMap(
  (isTuning) =>
    TABLES.flatMap(([heading, keys]) => {
      const entries = Object.entries(keys).filter(([, key]) => (key.isTuning ?? false) === isTuning)
      if (entries.length === 0) return []
      const name = heading.replace(/^#+ /, '')
      return [[isTuning ? `### Tuning: ${name}` : heading, Object.fromEntries(entries)] as const]
    }),
)

/** From one heading to the next. */
function section(text: string, heading: string): string {
  const [, rest = ''] = text.split(`\n${heading}\n`)
  return rest.split(/\n#+ /, 1)[0] ?? ''
}

/** The keys of these tables, and of all tables in them. */
function allTables(keys: Readonly<Record<string, Pick<Key, 'schema'>>>): Keys[] {
  return Object.values(keys).flatMap(({ schema }) => {
    const { keys: own, each } = schema as Partial<Table<Keys> & NamedTables<Key['schema']>>
    const below = own === undefined ? [] : [own, ...allTables(own)]
    return each === undefined ? below : allTables({ each: { schema: each } })
  })
}

const HEAD = '| key | default | what it is |\n|---|---|---|\n'

function tableOf(keys: Keys): string {
  const rows = Object.entries(keys).map(
    ([name, { shown, doc }]) => `| \`${name}\` | ${shown} | ${doc} |\n`,
  )
  return `${HEAD}${rows.join('')}`
}

/** The page with the table of keys below a heading, which must have one. */
function withTable(page: string, heading: string, keys: Keys): string {
  const start = page.indexOf(HEAD, page.indexOf(`\n${heading}\n`))
  const end = page.indexOf('\n\n', start) + 1
  return `${page.slice(0, start)}${tableOf(keys)}${page.slice(end)}`
}

if (process.env.UPDATE === '1') {
  const page = readFileSync(PATH, 'utf8')
  writeFileSync(
    PATH,
    SECTIONS.reduce((text, [heading, keys]) => withTable(text, heading, keys), page),
  )
}

describe('docs/reference/configuration.md', () => {
  const text = readFileSync(PATH, 'utf8')

  test('has a section for every table', () => {
    const described = TABLES.map(([, keys]) => keys)
    const missing = allTables({ document: { schema: documentSchema } }).filter(
      (keys) => !described.includes(keys),
    )
    expect(missing.map((keys) => Object.keys(keys))).toEqual([Object.keys(documentSchema.keys)])
  })

  test.each(SECTIONS)('%s: its keys, their defaults and what they are', (heading, keys) => {
    expect(section(text, heading)).toContain(tableOf(keys))
  })

  test('the group that stands in', () => {
    const checks = section(text, '## `[checks.GROUP]`')
    expect(checks).toContain(`[checks.${LOCAL_GROUP.name}]\nprobes = ["${LOCAL_GROUP.question}"]`)
  })

  test('every TOML block but the faulty one is valid', () => {
    const blocks = [...text.matchAll(/```toml\n(.*?)```/gs)].map(([, block = '']) => block)
    const cluster = '[clusters.p.instances.i]\naddresses = ["192.0.2.99"]\n'
    const group = (block: string) => (block.startsWith('probes') ? `[checks.g]\n${block}` : block)
    const results = blocks.map((block) => parseConfig(`${cluster}${group(block)}`, CONTEXT).ok)
    expect(results).toEqual([true, true, true, true, true, true, false])
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
