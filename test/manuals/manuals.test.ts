// The manual pages and completions that are packaged: whole, without a warning, and the same each time.
import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ABOUT } from '../../build/manuals/about.ts'
import { pageName } from '../../build/manuals/page.ts'
import { escaped, line } from '../../build/manuals/roff.ts'
import { flagLabel } from '../../src/cli/usage.ts'
import { COMMANDS } from '../../src/commands/command-table.ts'
import { holdfast } from '../support/recorder.ts'
import { folderForAllTests } from '../support/temporary-folder.ts'

setDefaultTimeout(60_000)

const BUILD = resolve(import.meta.dir, '../../build/manual')
const DEFINITIONS = COMMANDS.map((command) => command.definition)
const PAGES = ['holdfast', ...DEFINITIONS.map(pageName)]

const folder = folderForAllTests()
beforeAll(() => {
  for (const name of ['first', 'second']) execFileSync(BUILD, ['--out', join(folder, name)])
})

const page = (name: string) => join(folder, 'first/man', `${name}.1`)

function run(program: string, ...args: readonly string[]) {
  const env = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', MANWIDTH: '80', GROFF_NO_SGR: '1' }
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env })
  return { status, stdout, stderr }
}

test('there is a page for each command, and one for all', () => {
  expect(readdirSync(join(folder, 'first/man')).sort()).toEqual(
    PAGES.map((text) => `${text}.1`).sort(),
  )
  const known = DEFINITIONS.map(({ words }) => words.join(' '))
  expect(Object.keys(ABOUT).filter((name) => !known.includes(name))).toEqual([])
})

test('what is made twice is the same to the byte', () => {
  const texts = (name: string) =>
    ['man', 'completions'].flatMap((kind) => {
      const path = join(folder, name, kind)
      return readdirSync(path)
        .sort()
        .map((file) => readFileSync(join(path, file), 'utf8'))
    })
  expect(texts('second')).toEqual(texts('first'))
})

test.each([
  ['bash', 'holdfast'],
  ['zsh', '_holdfast'],
  ['fish', 'holdfast.fish'],
])('the completion for %s is what the command prints', async (shell, file) => {
  const made = readFileSync(join(folder, 'first/completions', file), 'utf8')
  expect(made).toBe((await holdfast('completion', shell)).out)
})

describe.skipIf(Bun.which('groff') === null).each(PAGES)('%s(1)', (name) => {
  test('is formatted without a warning, and is ASCII', () => {
    expect(run('groff', '-man', '-Tutf8', '-ww', '-z', page(name))).toEqual({
      ...{ status: 0, stdout: '', stderr: '' },
    })
    expect(readFileSync(page(name), 'utf8')).toMatch(/^[\n -~]*$/)
  })
})

describe.skipIf(Bun.which('man') === null)('man', () => {
  test.each(DEFINITIONS)('shows all there is to $words', (definition) => {
    const { status, stdout } = run('man', '--local-file', page(pageName(definition)))
    expect(status).toBe(0)
    // Bold is struck over where a terminal has no colours.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the backspaces are such
    const shown = stdout.replace(/.\u0008/g, '').replace(/\s+/g, ' ')
    expect(shown).toContain(`NAME ${pageName(definition)} - `)
    for (const [name, flag] of Object.entries(definition.flags)) {
      expect(shown).toContain(flagLabel(name, flag))
      expect(shown).toContain(flag.text)
    }
    for (const { command } of definition.examples) expect(shown).toContain(command)
    for (const { text } of definition.exits) expect(shown).toContain(text.replaceAll('’', '\u2019'))
  })

  test.skipIf(Bun.which('lexgrog') === null).each(PAGES)('finds %s by its summary', (name) => {
    const { status, stdout } = run('lexgrog', page(name))
    expect(status).toBe(0)
    expect(stdout).toContain(`"${name} - `)
  })
})

test('nothing in a text is taken for a request or an escape', () => {
  expect(line('.so /etc/passwd')).toBe('\\&.so /etc/passwd')
  expect(line("'br")).toBe('\\(aqbr')
  expect(escaped('a\\fBb -x "q" ü…\n')).toBe('a\\efBb \\-x \\(dqq\\(dq \\[u00FC]... ')
})
