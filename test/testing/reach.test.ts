// What a change reaches: through imports, named paths and folders, scripts, data, what is built, and the linter.
import { describe, expect, test } from 'bun:test'
import { importsOf } from '../../build/testing/changes.ts'
import { lintOf } from '../../build/testing/quick.ts'
import { PROGRAM, reachedTests, type Tree } from '../../build/testing/reach.ts'
import { jobsOf } from '../../build/testing/steps.ts'

const TREE: Tree = new Map([
  ['src/main.ts', "await import('./core/step.ts')\nimport './commands/command-table.ts'"],
  [
    'src/commands/command-table.ts',
    "import('./drain/order-command.ts')\nimport('./view/status-command.ts')",
  ],
  ['src/commands/drain/order-command.ts', ''],
  ['src/commands/view/status-command.ts', ''],
  ['src/core/step.ts', "import type { T } from './types.ts'\nexport * from './step-context.ts'"],
  ['src/core/step-context.ts', ''],
  ['src/core/types.ts', ''],
  ['src/page/page.html', null],
  ['src/page/page.ts', "import text from './page.html' with { type: 'text' }"],
  ['build/package', '. build/lib.sh'],
  ['build/lib.sh', ''],
  ['docs/a.md', null],
  ['docs/b.md', null],
  ['monitoring/rules.yml', null],
  ['roles/role.yml', null],
  ['test/architecture/architecture.test.ts', "read('src')"],
  ['test/commands/help.test.ts', "import '../../src/commands/command-table.ts'"],
  ['test/commands/drain/order.test.ts', ''],
  ['test/commands/view/status.test.ts', ''],
  [
    'test/core/step.test.ts',
    "import { step } from '../../src/core/step.ts'\nstep({ seed: 'test', text: 'three roles' })",
  ],
  ['test/docs/a.test.ts', "// Beside docs/b.md.\nread(join(ROOT, 'docs/a.md'))"],
  ['test/lab/lab.test.ts', "await import('./lab.ts')"],
  ['test/lab/lab.ts', "join(ROOT, 'dist/holdfast')"],
  ['test/monitoring/rules.test.ts', "const FOLDER = join(import.meta.dir, '../../monitoring')"],
  ['test/page/data/one.json', null],
  ['test/page/page.test.ts', "import { page } from '../../src/page/page.ts'\npage()"],
  ['test/release/release.test.ts', "spawn('build/package')"],
])

const ARCHITECTURE = 'test/architecture/architecture.test.ts'

describe('a change of', () => {
  test.each([
    ['a test', ['test/docs/a.test.ts'], ['test/docs/a.test.ts']],
    ['what is imported', ['src/page/page.html'], ['test/page/page.test.ts']],
    [
      'what is imported on the way to others, and built',
      ['src/core/step-context.ts'],
      ['test/core/step.test.ts', 'test/lab/lab.test.ts'],
    ],
    ['types alone, which the compiler checks', ['src/core/types.ts'], []],
    ['a command', ['src/commands/view/status-command.ts'], ['test/commands/view/status.test.ts']],
    ['a named file', ['docs/a.md'], ['test/docs/a.test.ts']],
    ['a file in a named folder', ['monitoring/rules.yml'], ['test/monitoring/rules.test.ts']],
    ['a new file there', ['monitoring/new.yml'], ['test/monitoring/rules.test.ts']],
    ['data of tests', ['test/page/data/one.json'], ['test/page/page.test.ts']],
    ['what a script uses', ['build/lib.sh'], ['test/release/release.test.ts']],
    ['what a comment alone names', ['docs/b.md'], []],
    ['what nobody names', ['LICENSE'], []],
    ['a folder that is a word among others', ['roles/role.yml'], []],
    [
      'two files',
      ['LICENSE', 'docs/a.md', 'src/page/page.ts'],
      ['test/docs/a.test.ts', 'test/page/page.test.ts'],
    ],
  ])('%s', (_, changed, expected) => {
    expect(reachedTests(TREE, importsOf, changed)).toEqual([ARCHITECTURE, ...expected])
  })

  test('anything inside of the program is kept from those that run it, where that is wanted', () => {
    const reached = (changed: string) => reachedTests(TREE, importsOf, [changed], PROGRAM)
    expect(reached('src/core/step-context.ts')).toEqual([ARCHITECTURE, 'test/core/step.test.ts'])
    expect(reached('src/main.ts')).toEqual([ARCHITECTURE, 'test/lab/lab.test.ts'])
  })

  test('packages reaches all', () => {
    const all = reachedTests(TREE, importsOf, ['package-lock.json'])
    expect(all).toEqual([...TREE.keys()].filter((path) => path.endsWith('.test.ts')).sort())
  })
})

test('a quick run lints what has changed, and all where the rules have', () => {
  const [lint] = jobsOf(['lint'])
  if (lint === undefined) throw new Error('there is no job')
  const words = (changed: readonly string[]) => lintOf(lint, changed).command
  expect(words(['src/main.ts']).slice(-2)).toEqual(['--no-errors-on-unmatched', 'src/main.ts'])
  expect(words(['src/main.ts', 'biome.json'])).toEqual(lint.command)
})
