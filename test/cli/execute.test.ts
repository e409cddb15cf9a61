// Strict arguments: what is taken, what is refused, and what is suggested.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { CommandDefinition } from '../../src/cli/command.ts'
import { parseArguments } from '../../src/cli/execute.ts'

const DEFINITION = {
  words: ['example'],
  group: 'look',
  summary: 'An example',
  flags: {
    json: { kind: 'switch', text: 'a switch' },
    config: { kind: 'value', value: 'FILE', text: 'with a default', default: '/etc/x' },
    server: { kind: 'value', value: 'NAME', text: 'without one' },
  },
  operands: [
    { name: 'FIRST', text: 'must be there', required: true },
    { name: 'SECOND', text: 'may be there', required: false },
  ],
  examples: [],
  exits: [],
} as const satisfies CommandDefinition

const parse = (...argv: string[]) => parseArguments(DEFINITION, argv)

describe('taken', () => {
  test('defaults stand where nothing is given', () => {
    expect(parse('one')).toEqual({
      kind: 'arguments',
      args: { flags: { json: false, config: '/etc/x', server: undefined }, operands: ['one'] },
    })
  })

  test('flags stand anywhere, in both spellings', () => {
    expect(parse('--config', 'a', 'one', '--server=b', '--json', 'two')).toEqual({
      kind: 'arguments',
      args: { flags: { json: true, config: 'a', server: 'b' }, operands: ['one', 'two'] },
    })
  })

  test('after -- all words are operands, and - is one everywhere', () => {
    const parsed = parse('--', '--json', '-')
    expect(parsed).toMatchObject({ kind: 'arguments', args: { operands: ['--json', '-'] } })
    expect(parse('-')).toMatchObject({ kind: 'arguments', args: { operands: ['-'] } })
  })

  test('an odd value needs the spelling with =', () => {
    expect(parse('one', '--server=--json')).toMatchObject({ args: { flags: { server: '--json' } } })
    expect(parse('one', '--server=a=b')).toMatchObject({ args: { flags: { server: 'a=b' } } })
  })

  test('--help and -h win over what is missing', () => {
    expect(parse('--help')).toEqual({ kind: 'help' })
    expect(parse('--json', '-h')).toEqual({ kind: 'help' })
  })
})

describe('refused', () => {
  test.each([
    [['one', '--jsn'], 'unknown flag --jsn; did you mean --json?'],
    [['one', '--confg=x'], 'unknown flag --confg; did you mean --config?'],
    [['one', '--zzzzzz'], 'unknown flag --zzzzzz'],
    [['one', '-json'], 'unknown flag -json; did you mean --json?'],
    [['one', '--version'], 'unknown flag --version; did you mean "holdfast --version"?'],
    [['one', '--constructor'], 'unknown flag --constructor'],
    [['one', '--no-json'], 'unknown flag --no-json'],
    [['one', '--json=yes'], '--json takes no value'],
    [['one', '--json', '--json'], '--json is given twice'],
    [['one', '--config'], '--config needs a FILE'],
    [['one', '--config', '--json'], '--config needs a FILE'],
    [['one', '--config='], '--config needs a FILE, not ""'],
    [['one', '--config', ''], '--config needs a FILE, not ""'],
    [['one', 'two', 'three'], 'unexpected argument "three"'],
    [[], 'FIRST is missing'],
  ])('%j', (argv, error) => {
    expect(parse(...argv)).toEqual({ kind: 'error', error })
  })
})

describe('a list', () => {
  const only = { kind: 'list', value: 'CODE', text: 'a list' } as const
  const flags = { only, json: { kind: 'switch', text: '' } } as const
  const given = (operands: CommandDefinition['operands'], ...argv: string[]) => {
    const parsed = parseArguments({ ...DEFINITION, flags, operands }, argv)
    return parsed.kind === 'arguments' ? [parsed.args.flags.only, parsed.args.operands] : parsed
  }

  test('is parted by commas and spaces, and may be given again', () => {
    expect(given([])).toEqual([[], []])
    expect(given([], '--only', 'a', 'b,c', '--json', '--only=d,', '--only', 'e')).toEqual([
      ['a', 'b', 'c', 'd', 'e'],
      [],
    ])
  })

  test('takes one word where others may be operands', () => {
    const operands = [{ name: 'FILE', text: '', required: false }]
    expect(given(operands, '--only', 'a,b', 'file')).toEqual([['a', 'b'], ['file']])
  })

  test.each([[['--only']], [['--only=']], [['--only', ',']], [['--only', '--json']]])(
    'of nothing is refused: %j',
    (argv) => {
      expect(given([], ...argv)).toEqual({ kind: 'error', error: '--only needs a CODE' })
    },
  )
})

test('no words whatever make it throw, or take a flag that is not defined', () => {
  const word = fc.oneof(
    fc.constantFrom('--json', '--config', '--server', '--', '-', '--config=', '-h', 'one', ''),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
      const parsed = parse(...argv)
      if (parsed.kind !== 'arguments') return
      expect(Object.keys(parsed.args.flags).sort()).toEqual(['config', 'json', 'server'])
      expect(parsed.args.flags.config).not.toBe('')
      expect(parsed.args.operands.length).toBeLessThanOrEqual(2)
    }),
  )
})
