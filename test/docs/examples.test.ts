// What the documentation shows is what happens: commands, configurations, messages, units.
import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseConfig } from '../../src/config/parse.ts'
import { OUTCOMES } from '../../src/core/outcome.ts'
import { floors } from '../architecture/layers.ts'
import { keepalivedConf } from '../lab/keepalived.ts'
import { statusDocument } from '../support/status.ts'
import { folderForAllTests } from '../support/temporary-folder.ts'
import { labHistory } from '../view/history/lab-record.ts'
import { endpoint, FAILED, stripsOf, view } from '../view/status/documents.ts'
import { type Block, blocksOf, ROOT, readPage } from './markdown.ts'

const MAIN = join(ROOT, 'src/main.ts')
const PAGES = [
  'README.md',
  'docs/ansible.md',
  'docs/architecture.md',
  'docs/explanation/loopback-addresses.md',
  'docs/faq.md',
  'docs/install.md',
  'docs/maintenance.md',
  'docs/migrate.md',
  'docs/monitoring.md',
  'docs/reference/commands.md',
  'docs/reference/files-and-logs.md',
  'docs/reference/keepalived.md',
  'docs/tutorial.md',
] as const
const README = blocksOf(readPage('README.md'))

const folder = folderForAllTests()

function holdfast(...args: readonly string[]) {
  const run = Bun.spawnSync([process.execPath, MAIN, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', NO_COLOR: '1' },
  })
  return { code: run.exitCode, stdout: run.stdout.toString(), stderr: run.stderr.toString() }
}

function findBlock(blocks: readonly Block[], lead: string, from = 0): Block {
  const found = blocks.find((block, index) => index >= from && block.lead.includes(lead))
  if (found === undefined) throw new Error(`no block after "${lead}"`)
  return found
}

/** A configuration without the tables that another text has, too. */
function withoutTablesOf(text: string, whole: string): string {
  const heads = new Set(text.match(/^\[.+\]$/gm))
  const tables = whole.split(/^(?=\[)/m)
  return tables.filter((table) => !heads.has(table.split('\n')[0] ?? '')).join('')
}

/** The lines that a reader would type: those of shell blocks, and those after a prompt. */
function commandsOf(page: string): string[] {
  return blocksOf(page).flatMap(({ language, text }) => {
    const lines = text.replace(/<<'END'\n[\s\S]*?\nEND\n/g, '\n').split('\n')
    if (language === 'sh') return lines.filter((line) => line !== '')
    return lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2))
  })
}

describe('commands', () => {
  const typed = PAGES.flatMap((page) => commandsOf(readPage(page)))
  const words = typed.flatMap((line) =>
    line
      .replace(/#.*/, '')
      .split('&&')
      .map((command) => command.trim().split(/\s+/)),
  )

  test('of the build folder exist and explain themselves', () => {
    const scripts = new Set(
      words.map(([first = '']) => first).filter((text) => /^build\//.test(text)),
    )
    expect([...scripts].sort()).toEqual(['build/demo', 'build/package', 'build/playground'])
    for (const script of scripts) {
      const run = Bun.spawnSync([join(ROOT, script), '--help'])
      expect({ script, code: run.exitCode }).toEqual({ script, code: 0 })
      expect(run.stdout.toString()).toContain(`usage: ${script}`)
    }
  })

  test('of holdfast are understood', () => {
    const own = words.filter(([first]) => first === 'holdfast').map(([, ...rest]) => rest)
    expect(own.length).toBeGreaterThan(4)
    for (const args of own) {
      const help = holdfast(...args, '--help')
      expect({ args, code: help.code, stderr: help.stderr }).toEqual({ args, code: 0, stderr: '' })
    }
  }, 60_000)

  test('in the table of exit codes have the exit codes that their help names', () => {
    const rows = readPage('docs/reference/commands.md').matchAll(
      /^\| `holdfast ([^`]+)` \| (.+) \|$/gm,
    )
    const listed = [...rows].map(([, command = '', codes = '']) => ({ command, codes }))
    expect(listed.length).toBeGreaterThan(11)
    for (const { command, codes } of listed) {
      const [word = '', second] = command.split(' ')
      const help = holdfast(word, ...(second === 'check' ? ['check'] : []), '--help').stdout
      const shown = help.slice(help.indexOf('exit codes:'))
      for (const [, code] of codes.matchAll(/(?:^|[;,] )(\d) /g))
        expect({ command, found: new RegExp(`\\b${code} `).test(shown) }).toEqual({
          command,
          found: true,
        })
    }
  })
})

describe('configurations', () => {
  const tomls = PAGES.flatMap((page) => blocksOf(readPage(page))).filter(
    ({ language, lead }) => language === 'toml' && !lead.includes('belong together'),
  )

  test('are valid, on their own or below the README’s', () => {
    expect(tomls.length).toBeGreaterThan(1)
    const [whole] = tomls
    for (const { text } of tomls) {
      const standsAlone = text.includes('[clusters.')
      const source = standsAlone ? text : `${withoutTablesOf(text, whole?.text ?? '')}\n${text}`
      const parsed = parseConfig(source, {
        file: 'holdfast.toml',
        hostname: 'ns1',
      })
      expect(parsed.ok ? [] : parsed.diagnostics).toEqual([])
    }
  })

  test('with errors have the errors that the page on configuration shows', () => {
    const page = blocksOf(readPage('docs/reference/configuration.md'))
    const bad = findBlock(page, 'belong together')
    const shown = page[page.indexOf(bad) + 1]
    writeFileSync(join(folder, 'holdfast.toml'), bad.text)
    const { code, stderr, stdout } = holdfast('config', 'check', 'holdfast.toml')
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: shown?.text ?? '' })
  })
})

describe('keepalived’s configuration', () => {
  test('by hand is what the README’s configuration comes to', () => {
    const page = blocksOf(readPage('docs/install.md'))
    const shown = findBlock(page, 'what the configuration of the README comes to')
    const toml = findBlock(README, 'Everything that is not here has a default')
    expect(shown.text.trimEnd()).toBe(keepalivedConf('ns1', toml.text).trimEnd())
  })

  test('on its own page is what its configurations come to', () => {
    const page = blocksOf(readPage('docs/reference/keepalived.md'))
    const toml = findBlock(page, 'belong together')
    const shown = findBlock(page, 'This is what every server gets')
    expect(shown.text.trimEnd()).toBe(keepalivedConf('ns1', toml.text).trimEnd())
    const slots = findBlock(page, 'With three servers').text.trim()
    const three = toml.text
      .replace('[servers.ns2]\n', '')
      .replace('[keepalived]', '[keepalived]\nmode = "track_script"')
    const recdns0 = three.slice(0, three.indexOf('[clusters.recdns.instances.recdns1]'))
    const servers = three.slice(three.indexOf('[servers.'))
    const conf = keepalivedConf('ns1', `${recdns0}${servers}`)
    expect(conf.replaceAll('\n\n', '\n')).toContain(`\n${slots}\n`)
  })
})

test('what is done by hand, is done with files of the roles', () => {
  const { text } = findBlock(
    blocksOf(readPage('docs/install.md')),
    'come from `roles/holdfast/files`',
  )
  const files = [...text.matchAll(/^install -m 644 (\S+) /gm)].map(([, name = '']) => name)
  expect(files).toHaveLength(3)
  for (const file of files) expect(existsSync(join(ROOT, 'roles/holdfast/files', file))).toBe(true)
})

test('the upstream group that is shown is one, wherever it is shown', () => {
  const [, shown = ''] =
    /(^\[checks\.internet\]\n(?:[^`\n].*\n)+)/m.exec(readPage('docs/reference/configuration.md')) ??
    []
  expect(shown).toContain('{random}')
  expect(readPage('packaging/debian/holdfast.toml')).toContain(shown)
  const inventory = readPage('inventory/example/group_vars/recursors/holdfast.yml')
  const [, remarks = ''] = /^( {4}# internet:\n(?: {4}# .+\n)+)/m.exec(inventory) ?? []
  const commented = Bun.YAML.parse(remarks.replaceAll('    # ', ''))
  expect(commented).toEqual((Bun.TOML.parse(shown) as { checks: unknown }).checks)
})

test('the table of outcomes is the code’s', () => {
  const page = readPage('docs/reference/files-and-logs.md')
  const table = page.slice(page.indexOf('a test holds this table'))
  const rows = [...table.matchAll(/^\| `([a-z-]+)` \| (.+) \|$/gm)].map(([, name, text]) => [
    name,
    text,
  ])
  expect(rows.slice(0, Object.keys(OUTCOMES).length)).toEqual(Object.entries(OUTCOMES))
})

test('the status in the README has the shape of a status', () => {
  const shown = findBlock(README, '`holdfast status` on a server that serves').text.split('\n')
  const made = view(statusDocument({ server: 'ns1' }))
  const shape = (lines: readonly string[]) => ({
    first: lines[0]?.replace(/for .* +checks: \d+\/\d+ ok/, 'for'),
    heads: lines.filter((line) => /^[A-Z ]+$/.test(line)).map((line) => line.split(/\s+/)),
  })
  expect(shape(shown.slice(1))).toEqual(shape(made))
})

describe('on the page of commands', () => {
  const page = blocksOf(readPage('docs/reference/commands.md'))

  test('the status has the shape of a failed one, and no line is too wide', () => {
    const [, ...shown] = findBlock(page, '## What `status` shows').text.trimEnd().split('\n')
    const failing = endpoint('tcp/192.0.2.11', 'timeout', null)
    const endpoints = [endpoint('udp/192.0.2.11', 'ok', 2.28), failing]
    const instances = FAILED.instances.map((one) => ({ ...one, state: 'failed' as const }))
    const differences = { server: 'ns1', endpoints, override: null, instances }
    const document = statusDocument({ ...FAILED, ...differences })
    const made = view({ ...document, reasons: [], complaints: [] }, { strips: stripsOf(document) })
    for (const line of [
      made.find((candidate) => candidate.includes('try: holdfast doctor')),
      made.find((candidate) => candidate.startsWith('ADDRESS')),
      made.find((candidate) => candidate.startsWith('last 5 min')),
    ])
      expect(shown.map((name) => name.replace(/ +/g, ' '))).toContain(`${line}`.replace(/ +/g, ' '))
    expect(shown[0]).toMatch(/^ns1 {2}FAILED for [\d.]+s: tcp\/192\.0\.2\.11 /)
    expect(shown.find((line) => /^next check in [\d.]+s {3}backoff /.test(line))).toBeDefined()
    expect(Math.max(...shown.map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  test('the history is what the record of the lab is told as', () => {
    const [, ...shown] = findBlock(page, '## What `history` shows').text.trimEnd().split('\n')
    expect(shown).toEqual(labHistory(100).split('\n'))
  })
})

test('the map of the source has all that it consists of, each on its floor', () => {
  const { text } = findBlock(blocksOf(readPage('docs/architecture.md')), 'way in the source')
  const listed = [...text.matchAll(/^ +(\d) +([a-z.]+)\/? /gm)]
  expect(listed.map(([, , name]) => name).sort()).toEqual(readdirSync(join(ROOT, 'src')).sort())
  const onFloor = Map.groupBy(listed, ([, floor]) => Number(floor))
  const shown = floors().map((_, index) =>
    (onFloor.get(index + 1) ?? []).map(([, , name = '']) => name.replace('.ts', '')).sort(),
  )
  expect(shown).toEqual(floors().map((layers) => [...layers]))
})
