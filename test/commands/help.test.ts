// Help, version and the way from argv to a command.
import { describe, expect, test } from 'bun:test'
import packageJson from '../../package.json' with { type: 'json' }
import { COMMANDS } from '../../src/commands/table.ts'
import { holdfast } from '../support/recorder.ts'

const NAMES = COMMANDS.map((it) => it.definition.words)

describe('help', () => {
  test.each([[[]], [['config']], ...NAMES.map((words) => [words])])('of %j', async (words) => {
    const said = await holdfast(...words, '--help')
    expect(said.code).toBe(0)
    expect(said.err).toBe('')
    const lines = said.out.split('\n')
    // The prompt takes a line of the 24 as well. A laboratory has more knobs than that.
    expect(lines.length).toBeLessThan(words[0] === 'simulate' ? 32 : 24)
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    expect(said.out).toMatch(/^usage: holdfast/m)
    expect(said.out).toMatch(/^examples?:\n {2}holdfast/m)
    expect(said.out).not.toContain('\u001b')
    expect(await holdfast('help', ...words)).toEqual(said)
    expect(await holdfast(...words, '-h')).toEqual(said)
  })

  test('names every command', async () => {
    const { out } = await holdfast('--help')
    for (const words of NAMES) expect(out).toContain(`  ${words.join(' ')} `)
  })

  test('of a group names its commands by what follows the group', async () => {
    const { out } = await holdfast('config', '--help')
    expect(out).toMatch(/^usage: holdfast config COMMAND \[FLAGS\]\n {2}check /m)
  })
})

test('--version tells version, commit and target', async () => {
  const said = await holdfast('--version')
  const target = `${process.platform}-${process.arch}`
  expect(said).toEqual({
    code: 0,
    out: `holdfast ${packageJson.version} (dev, ${target})`,
    err: '',
  })
})

describe('wrong usage goes to stderr with exit code 2', () => {
  test.each([
    [[], 'usage: holdfast COMMAND'],
    [['config'], 'usage: holdfast config COMMAND'],
    [['chek'], 'unknown command "chek"; did you mean check?'],
    [['config', 'chek'], 'unknown command "config chek"; did you mean check?'],
    [['--versoin'], 'unknown flag --versoin; did you mean --version?'],
    [['--version', 'x'], 'unexpected argument "x"'],
    [['status', '--jsno'], 'holdfast status: unknown flag --jsno; did you mean --json?'],
    [['status', 'x'], 'usage: holdfast status [FLAGS]'],
    [['daemon', '--config'], '--config needs a FILE'],
    [['', 'x'], 'unknown command ""'],
  ])('%j', async (argv, message) => {
    const said = await holdfast(...argv)
    expect(said.code).toBe(2)
    expect(said.out).toBe('')
    expect(said.err).toContain(message)
  })
})
