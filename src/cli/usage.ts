// Help and usage lines, made from the definitions. Plain text that fits 80 columns and 24 lines.
import type { CommandDefinition, FlagDefinition, Io } from './command.ts'
import { EXIT } from './exit-code.ts'

/** The full name, as it is typed: "holdfast config check". */
function commandName(definition: CommandDefinition): string {
  return ['holdfast', ...definition.words].join(' ')
}

/** One line: `usage: holdfast check [FLAGS] [INSTANCE] [SLOT]`. */
function usageLine(definition: CommandDefinition): string {
  const operands = definition.operands.map(({ name, required, repeated }) => {
    const shown = repeated === true ? `${name}...` : name
    return required ? shown : `[${shown}]`
  })
  return ['usage:', commandName(definition), '[FLAGS]', ...operands].join(' ')
}

/** Says what is wrong with the arguments and how they ought to look. Returns the exit code. */
export function usageError(definition: CommandDefinition, error: string, io: Io): number {
  io.err(`${commandName(definition)}: ${error}`)
  io.err(usageLine(definition))
  io.err(`Try "${commandName(definition)} --help".`)
  return EXIT.usage
}

/** The help of one subcommand. */
export function helpOf(definition: CommandDefinition): string {
  const lines = [
    `${definition.summary}.`,
    '',
    usageLine(definition),
    ...table([
      ...definition.operands.map((operand): Row => [operand.name, operand.text]),
      ...flagRows(definition),
      ['-h, --help', 'show this'],
    ]),
    '',
    'examples:',
    ...table(definition.examples.map((example): Row => [example.command, example.text])),
    '',
    'exit codes:',
    ...table(definition.exits.map((exit): Row => [exit.code, exit.text])),
  ]
  return lines.join('\n')
}

/** The help of `holdfast` itself, or of a word that only groups subcommands, such as `config`. */
export function helpOfGroup(prefix: string, definitions: readonly CommandDefinition[]): string {
  const first = definitions[0]
  const lines = [
    'holdfast decides whether this DNS server may hold a service address.',
    '',
    `usage: ${prefix} COMMAND [FLAGS]`,
    ...table(
      definitions.map(
        (definition): Row => [commandName(definition).slice(prefix.length + 1), definition.summary],
      ),
    ),
    '',
    ...table([
      ['-h, --help', 'show this; after a command, show its own help'],
      ...(prefix === 'holdfast' ? ROOT_FLAGS : []),
    ]),
    '',
    `example: ${first?.examples[0]?.command}`,
  ]
  return lines.join('\n')
}

type Row = readonly [name: string, text: string]

const ROOT_FLAGS: readonly Row[] = [['--version', 'show version, commit and target']]

/** A line each, but for those that share one, which comes where the first of them stands. */
function flagRows({ flags, helpRows = [] }: CommandDefinition): Row[] {
  return Object.entries(flags).flatMap(([name, flag]) => {
    const shared = helpRows.find((row) => row.flags.includes(name))
    if (shared === undefined) return [flagRow([name, flag])]
    if (shared.flags[0] !== name) return []
    const names = shared.flags.map((text) => flagLabel(text, flags[text]))
    return [[names.join(', '), shared.text]]
  })
}

/** A flag as it is typed, with the name of its value: "--config FILE", "-v, --verbose". */
export function flagLabel(name: string, flag: FlagDefinition | undefined): string {
  if (flag === undefined) return `--${name}`
  if (flag.kind === 'switch')
    return `${flag.short === undefined ? '' : `-${flag.short}, `}--${name}`
  return `--${name} ${flag.value}${flag.kind === 'list' ? '...' : ''}`
}

function flagRow([name, flag]: [string, FlagDefinition]): Row {
  const isGiven = flag.kind === 'value' && flag.default !== undefined
  const given = isGiven ? ` (default: ${flag.default})` : ''
  return [flagLabel(name, flag), `${flag.text}${given}`]
}

function table(rows: readonly Row[]): string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length))
  const below = `\n${' '.repeat(width + 4)}`
  return rows.flatMap(([name, text]) =>
    `  ${name.padEnd(width)}  ${text.replaceAll('\n', below)}`.trimEnd().split('\n'),
  )
}
