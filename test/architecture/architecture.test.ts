// Holds the architecture: import direction, banned globals, sizes, cycles.
import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { floors } from './layers.ts'
import { breaches, chanceBreaches, shapeBreaches, unreachable, unusedPairs } from './rules.ts'
import { scan } from './scan.ts'

const ROOT = join(import.meta.dir, '../..')

/** No test. */
const SOURCE = /(?<!\.test)\.ts$/

function sourcesBelow(folder: string, name = /\.ts$/): Map<string, string> {
  const paths = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => name.test(path))
    .map((path) => `${folder}/${path}`)
    .sort()
  return new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]))
}

/** What the checker says of one made-up file whose first line is as it must be. */
function breachesOf(path: string, code: string): readonly string[] {
  return breaches(new Map([[path, `// Made up.\n${code}\n`]]))
}

describe('the product', () => {
  test('keeps to the architecture', () => {
    const sources = sourcesBelow('src')
    expect(sources.size).toBeGreaterThan(20)
    expect(breaches(sources)).toEqual([])
    expect(unusedPairs(sources)).toEqual([])
  })

  test('has eight floors at most, with main alone on the highest', () => {
    expect(floors().length).toBeLessThanOrEqual(8)
    expect(floors().at(-1)).toEqual(['main'])
  })

  test('is all of src: main reaches every file, texts as well', () => {
    const sources = sourcesBelow('src', /\.\w+$/)
    expect(sources.size).toBeGreaterThan(sourcesBelow('src').size)
    expect(unreachable(sources, 'src/main.ts')).toEqual([])
  })
})

test('a seed alone decides what is simulated, in the product and in hunts', () => {
  const folders = ['src/simulate', 'test/hunting/servers', 'test/hunting/balancers']
  const sources = new Map(folders.flatMap((folder) => [...sourcesBelow(folder, SOURCE)]))
  expect(sources.size).toBeGreaterThan(30)
  expect(chanceBreaches(sources)).toEqual([])
})

test('what nobody imports is found, and what imports it', () => {
  const sources = new Map([
    ['src/main.ts', "// Main.\nawait import('./commands/a.ts')\nimport text from './page/b.css'\n"],
    ['src/commands/a.ts', "// A.\nimport type { C } from '../core/c.ts'\n"],
    ['src/core/c.ts', '// C.\n'],
    ['src/page/b.css', '/* B. */\n'],
    ['src/page/files.d.ts', '// Declares.\n'],
    ['src/core/d.ts', "// D.\nimport { e } from './e.ts'\n"],
    ['src/core/e.ts', '// E.\n'],
  ])
  expect(unreachable(sources, 'src/main.ts')).toEqual(['src/core/d.ts', 'src/core/e.ts'])
})

test('a file has its name alone, but for the lists of checks', () => {
  const names = [...sourcesBelow('src').keys()].map((path) => path.split('/').at(-1))
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  expect([...new Set(twice)]).toEqual(['checks.ts'])
})

test('a type has its name alone', () => {
  const declared = [...sourcesBelow('src')].flatMap(([path, text]) =>
    [...text.matchAll(/^export (?:type|interface) (\w+)/gm)].map(([, name = '']) => ({
      name,
      path,
    })),
  )
  const shared = [...Map.groupBy(declared, ({ name }) => name)].filter(([, all]) => all.length > 1)
  expect(shared.map(([name, all]) => [name, ...all.map(({ path }) => path)])).toEqual([])
})

test('the tests are as short as the product, and say what they are for', () => {
  const sources = sourcesBelow('test')
  expect(sources.size).toBeGreaterThan(100)
  expect(shapeBreaches(sources)).toEqual([])
})

describe('import direction', () => {
  test.each([
    [
      'src/core/step.ts',
      "import { x } from '../adapters/clock.ts'",
      'core may not import adapters',
    ],
    ['src/core/step.ts', "import type { X } from '../ports.ts'", 'core may not import ports'],
    ['src/ports.ts', "export * from './runtime/driver.ts'", 'ports may not import runtime'],
    ['src/runtime/driver.ts', "import '../adapters/clock.ts'", 'runtime may not import adapters'],
    ['src/adapters/a.ts', "import { b } from './b.ts'", 'adapters may not import adapters'],
    [
      'src/adapters/a.ts',
      "import { x } from '../commands/x.ts'",
      'adapters may not import commands',
    ],
    ['src/main.ts', "await import('./adapters/a.ts')", 'main may not import adapters'],
    ['src/view/x.ts', "import type { A } from '../commands/a.ts'", 'view may not import commands'],
    [
      'src/documents/x.ts',
      "import type { A } from '../view/a.ts'",
      'documents may not import view',
    ],
    ['src/core/x.ts', "import { y } from '../../test/y.ts'", 'in no known folder'],
    ['src/core/x.ts', "let y: import('../ports.ts').Clock", 'core may not import ports'],
    [
      'src/observers/x.ts',
      "import type { State } from '../core/state.ts'",
      'the state of the core',
    ],
  ])('%s: %s', (path, code, expected) => {
    const found = breachesOf(path, code)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(expected)
  })

  test.each([
    ['src/main.ts', "await import('./commands/check.ts')"],
    ['src/commands/x.ts', "import { a } from '../adapters/a.ts'"],
    ['src/commands/version.ts', "import p from '../../package.json' with { type: 'json' }"],
    ['src/adapters/a.ts', "import type { Clock } from '../ports.ts'"],
    ['src/adapters/prober/udp.ts', "import { s } from './socket.ts'"],
    ['src/adapters/lock.ts', "import { readBounded } from './atomic-file.ts'"],
    ['src/core/x.ts', "import type { Probe } from '../dns/probe.ts'"],
    ['src/core/x.ts', "import type { State } from './state.ts'"],
    ['src/runtime/engine.ts', "import { initialState } from '../core/state.ts'"],
    ['src/dns/codec.ts', "import { decode } from 'dns-packet'"],
  ])('%s may say: %s', (path, code) => {
    expect(breachesOf(path, code)).toEqual([])
  })
})

describe('bans in pure folders', () => {
  test.each([
    'const now = Date.now()',
    'const now = new Date()',
    'const now = new Date',
    'const now = Date()',
    'const dice = Math.random()',
    'const at = performance.now()',
    'setTimeout(wake, 10)',
    'setInterval(wake, 10)',
    'const home = process.env.HOME',
    'const key = crypto.randomUUID()',
    `const line = \`${'$'}{Date.now()}\``,
    "import { hostname } from 'node:os'",
    "import { readFileSync } from 'fs'",
    "import { createConsola } from 'consola'",
    "import { parse } from 'smol-toml'",
  ])('%s', (code) => {
    expect(breachesOf('src/core/x.ts', code)).toHaveLength(1)
  })

  test.each([
    'const date = new Date(wallMs)',
    '// Date.now() would be impure.',
    "const text = 'Date.now()'",
    `const line = \`Math.random() is ${'$'}{kind} here\``,
    'const found = /Date.now()"/.test(text)',
    'const half = total / 2 // process',
    'const wait = policy.setTimeout(1)',
    'const processed = preprocess(text)',
  ])('not %s', (code) => {
    expect(breachesOf('src/core/x.ts', code)).toEqual([])
  })

  test('are no bans elsewhere', () => {
    expect(breachesOf('src/adapters/clock.ts', 'const now = Date.now()')).toEqual([])
  })
})

describe('bans in all of src', () => {
  test.each([
    ['src/adapters/x.ts', "const file = Bun.file('x')"],
    ['src/adapters/x.ts', "import { dlopen } from 'bun:ffi'"],
    ['src/adapters/x.ts', 'const args = Deno.args'],
    ['src/core/x.ts', 'const names = all.map((it) => it.name)'],
    ['src/commands/x.ts', 'process.exit(1)'],
  ])('%s: %s', (path, code) => {
    expect(breachesOf(path, code)).toHaveLength(1)
  })

  test('only main exits', () => {
    expect(breachesOf('src/main.ts', 'process.exit(1)')).toEqual([])
    expect(breachesOf('src/commands/x.ts', 'process.exitCode = 1')).toEqual([])
  })
})

describe('the one way to files', () => {
  test.each([
    ["import { openSync } from 'node:fs'", 'openSync'],
    ["import { type Stats, unlinkSync } from 'node:fs'", 'unlinkSync'],
    ["import { readFileSync as statSync } from 'node:fs'", 'readFileSync'],
    ["import { open } from 'node:fs/promises'", 'more than one piece'],
    ["import * as fs from 'node:fs'", 'more than one piece'],
    ["import fs from 'fs'", 'more than one piece'],
    ["const { rmSync } = await import('node:fs')", 'more than one piece'],
  ])('has none beside it: %s', (code, expected) => {
    for (const path of ['src/adapters/x.ts', 'src/commands/x.ts']) {
      const found = breachesOf(path, code)
      expect(found).toHaveLength(1)
      expect(found[0]).toContain(expected)
    }
  })

  test('looks and descriptors are free', () => {
    const code = "import { fstatSync, readSync, type Stats, statSync } from 'node:fs'"
    expect(breachesOf('src/adapters/x.ts', code)).toEqual([])
    expect(breachesOf('src/adapters/folder.ts', "import { rmSync } from 'node:fs'")).toEqual([])
    expect(
      breachesOf('src/adapters/new-file.ts', "import { openSync } from 'node:fs'"),
    ).toHaveLength(1)
  })
})

describe('shape', () => {
  test('a file says in its first line what it is for', () => {
    expect(breaches(new Map([['src/core/x.ts', 'export {}\n']]))).toHaveLength(1)
  })

  test('300 lines are enough', () => {
    expect(breachesOf('src/core/x.ts', 'let x\n'.repeat(299).trimEnd())).toEqual([])
    const long = 'let x\n'.repeat(300).trimEnd()
    expect(breachesOf('src/core/x.ts', long)).toHaveLength(1)
    expect(shapeBreaches(new Map([['test/core/x.test.ts', `// Made up.\n${long}\n`]]))).toEqual([
      'test/core/x.test.ts: 301 lines, more than 300',
    ])
  })

  test('import cycles are found, type-only ones as well', () => {
    const found = breaches(
      new Map([
        ['src/core/a.ts', "// A.\nimport type { B } from './b.ts'\n"],
        ['src/core/b.ts', "// B.\nimport { c } from './c.ts'\n"],
        ['src/core/c.ts', "// C.\nexport { a } from './a.ts'\n"],
      ]),
    )
    expect(found).toEqual([
      'src/core/a.ts: import cycle: src/core/a.ts > src/core/b.ts > src/core/c.ts > src/core/a.ts',
    ])
  })
})

test('the scanner sees every form of import and nothing else', () => {
  const source = [
    "import a from 'a'",
    'import { b,\n  type B } from "b" // from \'x\'',
    "export * from 'c'",
    "const d = await import('d')",
    "import 'e'",
    "import type F from 'f'",
    "const text = \"import 'no'\" /* import 'no' */",
    `const mark = \`import 'no' ${'$'}{await import('g')}\``,
    "const re = /import 'no'/",
    'const from = Array.from(list) / 2',
  ].join('\n')
  expect(scan(source).imports).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
})
