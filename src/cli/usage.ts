// Help and usage lines, made from the definitions. Plain text that fits 80 columns and 30 lines.
import { COMMAND_GROUPS, type CommandDefinition, type FlagDefinition, type Io } from './command.ts'
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

/** Prints what is wrong with the arguments, and the usage. Returns the exit code. */
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
      ...Object.entries(definition.flags).map(flagRow),
      HELP_ROW,
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

/** The help of `holdfast` itself, with the commands grouped by who runs them. */
export function helpOfProgram(definitions: readonly CommandDefinition[]): string {
  const rows = commandRows('holdfast', definitions)
  const groups = Object.entries(COMMAND_GROUPS).flatMap(([group, title]) => {
    const own = rows.filter((_, at) => definitions[at]?.group === group)
    return own.length === 0 ? [] : [`${title}:`, ...table(own, widthOf(rows))]
  })
  const flags: Row[] = [HELP_ROW, ['--version', 'show version, commit and platform']]
  return [
    'holdfast: DNS health checks and failover control for keepalived',
    '',
    'usage: holdfast COMMAND [FLAGS]',
    '',
    ...groups,
    '',
    ...table(flags, widthOf(rows)),
    '',
    `example: ${definitions[0]?.examples[0]?.command}`,
  ].join('\n')
}

/** The help of a word that only groups commands, such as `config`. */
export function helpOfGroup(word: string, definitions: readonly CommandDefinition[]): string {
  const prefix = `holdfast ${word}`
  return [
    `usage: ${prefix} COMMAND [FLAGS]`,
    ...table(commandRows(prefix, definitions)),
    '',
    ...table([HELP_ROW]),
    '',
    `example: ${definitions[0]?.examples[0]?.command}`,
  ].join('\n')
}

function commandRows(prefix: string, definitions: readonly CommandDefinition[]): Row[] {
  return definitions.map(
    (definition): Row => [commandName(definition).slice(prefix.length + 1), definition.summary],
  )
}

type Row = readonly [name: string, text: string]

const HELP_ROW: Row = ['-h, --help', 'show help']

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

function widthOf(rows: readonly Row[]): number {
  return Math.max(0, ...rows.map(([name]) => name.length))
}

function table(rows: readonly Row[], width = widthOf(rows)): string[] {
  const below = `\n${' '.repeat(width + 4)}`
  return rows.flatMap(([name, text]) =>
    `  ${name.padEnd(width)}  ${text.replaceAll('\n', below)}`.trimEnd().split('\n'),
  )
}
