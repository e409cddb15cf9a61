// Help, version and the way from argv to a command.
import { describe, expect, test } from 'bun:test'
import packageJson from '../../package.json' with { type: 'json' }
import { helpOf } from '../../src/cli/usage.ts'
import { COMMANDS } from '../../src/commands/command-table.ts'
import { holdfast } from '../support/recorder.ts'

const NAMES = COMMANDS.map((command) => command.definition.words)

describe('help', () => {
  test.each([[[]], [['config']], ...NAMES.map((words) => [words])])('of %j', async (words) => {
    const said = await holdfast(...words, '--help')
    expect(said.code).toBe(0)
    expect(said.err).toBe('')
    const lines = said.out.split('\n')
    expect(lines.length).toBeLessThanOrEqual(30)
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    expect(said.out).toMatch(/^usage: holdfast/m)
    expect(said.out).toMatch(/^examples?:\s+(holdfast|notify "\S+holdfast)/m)
    // Whatever the terminal is set up for.
    expect(said.out).toMatch(/^[\n -~]*$/)
    expect(await holdfast('help', ...words)).toEqual(said)
    expect(await holdfast(...words, '-h')).toEqual(said)
  })

  test.each(COMMANDS.map((command) => command.definition))(
    'of $words has every flag and operand',
    (commandDefinition) => {
      const help = helpOf(commandDefinition)
      // A line each.
      for (const name of Object.keys(commandDefinition.flags))
        expect(help).toMatch(new RegExp(`^ {2}(-[a-z], )?--${name}( \\S+)? {2,}\\S`, 'm'))
      expect(help).toContain('--help')
      for (const { name, text } of commandDefinition.operands) {
        expect(help).toMatch(new RegExp(`^ {2}${name} `, 'm'))
        for (const part of text.split('\n')) expect(help).toContain(part)
      }
      expect(commandDefinition.summary).toMatch(/^[A-Z].*[^.]$/)
      expect(commandDefinition.examples.length).toBeGreaterThan(0)
      expect(commandDefinition.exits.length).toBeGreaterThan(0)
    },
  )

  test('names every command', async () => {
    const { out } = await holdfast('--help')
    for (const words of NAMES) expect(out).toContain(`  ${words.join(' ')} `)
  })

  test('groups the commands by who runs them', async () => {
    const { out } = await holdfast('--help')
    const titles = out.split('\n').filter((line) => /^[A-Z].*:$/.test(line))
    expect(titles).toEqual(['Look:', 'Operate:', 'Configure:', 'Run by systemd and keepalived:'])
    expect(out).toMatch(/^Operate:\n {2}drain .*\n {2}undrain .*\n {2}order /m)
  })

  test('of a group names its commands by what follows the group', async () => {
    const { out } = await holdfast('config', '--help')
    expect(out).toMatch(/^usage: holdfast config COMMAND \[FLAGS\]\n {2}check /m)
  })
})

test('--version tells version, commit and platform', async () => {
  const said = await holdfast('--version')
  const platform = `${process.platform}-${process.arch}`
  expect(said).toEqual({
    code: 0,
    out: `holdfast ${packageJson.version} (dev, ${platform})`,
    err: '',
  })
})

describe('wrong usage goes to stderr with exit code 2', () => {
  test.each([
    [[], 'usage: holdfast COMMAND'],
    [['config'], 'usage: holdfast config COMMAND'],
    [['chek'], 'unknown command "chek"; did you mean check?'],
    [['config', 'chekc'], 'unknown command "config chekc"; did you mean "config check"?'],
    [['confg', 'check'], 'unknown command "confg check"; did you mean "config check"?'],
    [['confg', 'check', 'x'], 'unknown command "confg check"; did you mean "config check"?'],
    [['config', 'zzz'], 'unknown command "config zzz"'],
    [['confg'], 'unknown command "confg"; did you mean config?'],
    [['drian', '--isolate'], 'unknown command "drian"; did you mean drain?'],
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

/** Every flag of every command. */
const FLAGS = COMMANDS.flatMap(({ definition: { words, flags } }) =>
  Object.entries(flags).map(([name, flag]) => [words.join(' '), name, flag] as const),
)

describe('of every command, wrong usage is refused before anything is done', () => {
  test.each(FLAGS)('%s --%s mistyped', async (words, name) => {
    const said = await holdfast(...words.split(' '), `--${name}${name.at(-1)}`)
    expect([said.code, said.out]).toEqual([2, ''])
    expect(said.err).toContain(`holdfast ${words}: unknown flag --${name}${name.at(-1)}`)
    expect(said.err).toContain(`; did you mean --${name}?`)
    expect(said.err).toContain(`usage: holdfast ${words} [FLAGS]`)
  })

  test.each(FLAGS.filter(([, , flag]) => flag.kind !== 'switch'))(
    '%s --%s without its value',
    async (words, name, flag) => {
      const value = flag.kind === 'switch' ? '' : flag.value
      const said = await holdfast(...words.split(' '), `--${name}`)
      expect([said.code, said.out]).toEqual([2, ''])
      expect(said.err).toContain(`--${name} needs a ${value}`)
      const empty = await holdfast(...words.split(' '), `--${name}=`)
      expect([empty.code, empty.out]).toEqual([2, ''])
    },
  )

  test.each(FLAGS.filter(([, , flag]) => flag.kind === 'switch'))(
    '%s --%s with a value',
    async (words, name) => {
      const said = await holdfast(...words.split(' '), `--${name}=yes`)
      expect(said.code).toBe(2)
      expect(said.err).toContain(`--${name} takes no value`)
    },
  )

  test.each(
    COMMANDS.map(({ definition }) => definition).filter(
      ({ operands }) => operands.at(-1)?.repeated !== true,
    ),
  )('$words with an argument too many', async ({ words, operands }) => {
    const said = await holdfast(...words, ...operands.map(({ name }) => name), 'surplus')
    expect([said.code, said.out]).toEqual([2, ''])
    expect(said.err).toContain('unexpected argument "surplus"')
  })
})
