// Runs one subcommand: help, strict arguments, then the body, which is loaded only now.
import { suggest } from '../config/text/suggest.ts'
import type {
  Arguments,
  Command,
  CommandBody,
  CommandDefinition,
  FlagDefinition,
  Flags,
  Io,
  ListDefinition,
} from './command.ts'
import { NAGIOS_EXIT } from './exit-code.ts'

/** Ties a definition to the file that holds its body. */
export function command<D extends CommandDefinition>(
  definition: D,
  load: () => Promise<CommandBody<D>>,
): Command {
  return { definition, execute: (argv, io) => execute(definition, load, argv, io) }
}

/**
 * Runs a subcommand with the words that follow its name.
 *
 * @returns the exit code
 */
async function execute<D extends CommandDefinition>(
  definition: D,
  load: () => Promise<CommandBody<D>>,
  argv: readonly string[],
  io: Io,
): Promise<number> {
  const parsed = parseArguments(definition, argv)
  switch (parsed.kind) {
    case 'arguments':
      return (await load()).run(parsed.args, io)
    case 'help': {
      const { helpOf } = await import('./usage.ts')
      io.out(helpOf(definition))
      return 0
    }
    case 'error':
      return wrongUsage(definition, parsed.error, asksForNagios(definition, argv), io)
    default:
      return parsed satisfies never
  }
}

/**
 * Says what is wrong with the arguments. A monitoring system reads standard output alone, and would
 * take the usual code for wrong usage, 2, for a critical server.
 *
 * @returns the exit code
 */
export async function wrongUsage(
  definition: CommandDefinition,
  error: string,
  forNagios: boolean,
  io: Io,
): Promise<number> {
  const { usageError } = await import('./usage.ts')
  const code = usageError(definition, error, io)
  if (!forNagios) return code
  const { nagiosUnknown } = await import('../view/nagios.ts')
  io.out(nagiosUnknown(error).line)
  return NAGIOS_EXIT.unknown
}

function asksForNagios(definition: CommandDefinition, argv: readonly string[]): boolean {
  return Object.hasOwn(definition.flags, 'nagios') && argv.includes('--nagios')
}

/** The arguments, a plea for help, or one sentence on what is wrong with them. */
type ParsedArguments<D extends CommandDefinition> =
  | { readonly kind: 'arguments'; readonly args: Arguments<D> }
  | { readonly kind: 'help' }
  | { readonly kind: 'error'; readonly error: string }

type FlagValue = boolean | string | readonly string[] | undefined
type Taken =
  | { readonly name: string; readonly value: FlagValue; readonly used: number }
  | { readonly error: string }

/**
 * Holds the words after a subcommand's name to its definition: what that does not name, or names
 * otherwise, is an error with a suggestion.
 *
 * `--flag VALUE` and `--flag=VALUE` are the same; a value that starts with `-` needs the second
 * form, so that a forgotten value never swallows the next flag. A list takes the values parted by
 * commas, and may be given again. After `--` all words are operands.
 */
export function parseArguments<D extends CommandDefinition>(
  definition: D,
  argv: readonly string[],
): ParsedArguments<D> {
  const values = defaultsOf(definition.flags)
  const given = new Set<string>()
  const operands: string[] = []
  for (let at = 0; at < argv.length; ) {
    const word = argv[at] ?? ''
    if (word === '--') {
      operands.push(...argv.slice(at + 1))
      break
    }
    if (word === '--help' || word === '-h') return { kind: 'help' }
    if (!isFlag(word)) {
      operands.push(word)
      at += 1
      continue
    }
    const taken = takeFlag(definition, word, argv.slice(at + 1))
    if ('error' in taken) return { kind: 'error', error: taken.error }
    const before = values.get(taken.name)
    const isList = Array.isArray(before) && Array.isArray(taken.value)
    if (given.has(taken.name) && !isList)
      return { kind: 'error', error: `--${taken.name} is given twice` }
    given.add(taken.name)
    values.set(taken.name, isList ? [...before, ...taken.value] : taken.value)
    at += taken.used
  }
  const error = operandError(definition, operands)
  if (error !== null) return { kind: 'error', error }
  // The map has exactly the definition's names, each with a value of its kind.
  const flags = Object.fromEntries(values) as Flags<D>
  return { kind: 'arguments', args: { flags, operands } }
}

function isFlag(word: string): boolean {
  return word.startsWith('-') && word !== '-'
}

function defaultsOf(flags: Readonly<Record<string, FlagDefinition>>): Map<string, FlagValue> {
  const entries = Object.entries(flags)
  return new Map(entries.map(([name, flag]): [string, FlagValue] => [name, defaultOf(flag)]))
}

function defaultOf(flag: FlagDefinition): FlagValue {
  switch (flag.kind) {
    case 'switch':
      return false
    case 'value':
      return flag.default
    case 'list':
      return []
    default:
      return flag satisfies never
  }
}

function takeFlag(definition: CommandDefinition, word: string, rest: readonly string[]): Taken {
  const equals = word.indexOf('=')
  const spelled = equals === -1 ? word : word.slice(0, equals)
  const name = longName(definition, spelled)
  const known =
    (spelled === `--${name}` || spelled.length === 2) && Object.hasOwn(definition.flags, name)
  const flag = known ? definition.flags[name] : undefined
  if (flag === undefined) return { error: unknownFlag(definition, spelled, name) }
  const inline = equals === -1 ? undefined : word.slice(equals + 1)
  if (flag.kind === 'switch') {
    if (inline !== undefined) return { error: `--${name} takes no value` }
    return { name, value: true, used: 1 }
  }
  if (flag.kind === 'list') return takeList(name, flag, inline, wordsOfList(definition, rest))
  const next = rest[0]
  if (inline === '' || next === '') return { error: `--${name} needs a ${flag.value}, not ""` }
  if (inline !== undefined) return { name, value: inline, used: 1 }
  if (next === undefined || isFlag(next)) return { error: `--${name} needs a ${flag.value}` }
  return { name, value: next, used: 2 }
}

/** `-v` is `--verbose` where the definition says so. */
function longName({ flags }: CommandDefinition, spelled: string): string {
  if (spelled.startsWith('--')) return spelled.slice(2)
  const letter = spelled.slice(1)
  const found = Object.entries(flags).find(
    ([, flag]) => flag.kind === 'switch' && flag.short === letter,
  )
  return found?.[0] ?? letter
}

/** The value with the flag, or those after it. */
function takeList(
  name: string,
  flag: ListDefinition,
  inline: string | undefined,
  following: readonly string[],
): Taken {
  const words = inline === undefined ? following : []
  const value = [inline ?? '', ...words]
    .flatMap((word) => word.split(','))
    .filter((word) => word !== '')
  if (value.length === 0) return { error: `--${name} needs a ${flag.value}` }
  return { name, value, used: 1 + words.length }
}

/** The words up to the next flag; the first alone where the others may be operands. */
function wordsOfList({ operands }: CommandDefinition, rest: readonly string[]): readonly string[] {
  const next = rest.findIndex(isFlag)
  const words = next === -1 ? rest : rest.slice(0, next)
  return operands.length > 0 ? words.slice(0, 1) : words
}

function unknownFlag(definition: CommandDefinition, spelled: string, name: string): string {
  if (name === 'version') return `unknown flag ${spelled}; did you mean "holdfast --version"?`
  const guess = suggest(name, [...Object.keys(definition.flags), 'help'])
  return `unknown flag ${spelled}${guess === null ? '' : `; did you mean --${guess}?`}`
}

function operandError(definition: CommandDefinition, operands: readonly string[]): string | null {
  const surplus = operands[definition.operands.length]
  if (surplus !== undefined && definition.operands.at(-1)?.repeated !== true)
    return `unexpected argument "${surplus}"`
  const missing = definition.operands[operands.length]
  return missing?.required === true ? `${missing.name} is missing` : null
}
