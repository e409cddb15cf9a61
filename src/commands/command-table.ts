// The table of subcommands, and the way from argv to one of them.

import type { Command, Io } from '../cli/command.ts'
import { command } from '../cli/execute.ts'
import { EXIT } from '../cli/exit-code.ts'
import { helpOfGroup, helpOfProgram } from '../cli/usage.ts'
import { versionLine } from '../cli/version.ts'
import { suggest } from '../config/text/suggest.ts'
import {
  CHECK,
  DOCTOR,
  DRAIN,
  HISTORY,
  ORDER,
  PEERS,
  STATUS,
  UNDRAIN,
} from './operating-definitions.ts'
import {
  COMPLETION,
  CONFIG_CHECK,
  DAEMON,
  NOTIFY,
  RENDER_CONFIG,
  SIMULATE,
} from './setup-definitions.ts'

/** Every subcommand, in the order of help, completions and manual. */
export const COMMANDS: readonly Command[] = [
  command(STATUS, () => import('./view/status-command.ts')),
  command(PEERS, () => import('./drain/peers-command.ts')),
  command(HISTORY, () => import('./view/history-command.ts')),
  command(DOCTOR, () => import('./doctor/doctor-command.ts')),
  command(DRAIN, () => import('./drain/drain-command.ts')),
  command(UNDRAIN, async () => {
    const { undrain } = await import('./drain/drain-command.ts')
    return { run: undrain }
  }),
  command(ORDER, () => import('./drain/order-command.ts')),
  command(CONFIG_CHECK, () => import('./config/config-check-command.ts')),
  command(RENDER_CONFIG, () => import('./config/render-config-command.ts')),
  command(SIMULATE, () => import('./simulate/simulate-command.ts')),
  command(COMPLETION, async () => {
    const { completionBody } = await import('./completion/completion-command.ts')
    return completionBody(COMMANDS.map((command) => command.definition))
  }),
  command(DAEMON, () => import('./daemon/daemon-command.ts')),
  command(CHECK, () => import('./check/check-command.ts')),
  command(NOTIFY, () => import('./notify/notify-command.ts')),
]

/**
 * Finds and runs the subcommand that argv names.
 *
 * @param argv the words after the program's name
 * @returns the exit code: no success where what was asked for did not arrive
 */
export async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const code = await run(argv, io)
  const lost = io.lost?.() ?? null
  if (lost === null || code !== EXIT.ok) return code
  io.err(`holdfast: standard output could not be written: ${lost}`)
  return EXIT.failed
}

async function run(argv: readonly string[], io: Io): Promise<number> {
  const [first, ...rest] = argv
  switch (first) {
    case undefined:
      io.err(programHelp())
      return EXIT.usage
    case '--help':
    case '-h':
      io.out(programHelp())
      return EXIT.ok
    case 'help':
      return run([...rest.filter((word) => !word.startsWith('-')), '--help'], io)
    case '--version':
      if (rest[0] !== undefined) return rootError(`unexpected argument "${rest[0]}"`, io)
      io.out(versionLine())
      return EXIT.ok
    case '--check-config':
      return find(CONFIG_CHECK.words)?.execute(rest, io) ?? EXIT.failed
    default:
      return first.startsWith('-') ? rootError(unknownRootFlag(first), io) : runNamed(argv, io)
  }
}

function runNamed(argv: readonly string[], io: Io): Promise<number> | number {
  for (let words = argv.length; words > 0; words -= 1) {
    const found = find(argv.slice(0, words))
    if (found !== undefined) return found.execute(argv.slice(words), io)
  }
  const group = argv[0] ?? ''
  if (inGroup(group).length === 0) return rootError(unknownCommand(argv), io)
  const word = argv[1]
  if (word === '--help' || word === '-h') {
    io.out(groupHelp(group))
    return EXIT.ok
  }
  if (word !== undefined) return rootError(unknownCommand(argv), io)
  io.err(groupHelp(group))
  return EXIT.usage
}

function find(words: readonly string[]): Command | undefined {
  return COMMANDS.find((command) => command.definition.words.join(' ') === words.join(' '))
}

function inGroup(word: string): readonly Command[] {
  return COMMANDS.filter(({ definition: { words } }) => words.length > 1 && words[0] === word)
}

function programHelp(): string {
  return helpOfProgram(COMMANDS.map((command) => command.definition))
}

function groupHelp(word: string): string {
  return helpOfGroup(
    word,
    inGroup(word).map((command) => command.definition),
  )
}

/** Some commands are two words, of which either may be mistyped. */
function unknownCommand(argv: readonly string[]): string {
  const [first = '', second] = argv
  const names = COMMANDS.map((command) => command.definition.words.join(' '))
  const pairs = names.filter((name) => name.includes(' '))
  const pair = second === undefined ? null : suggest(`${first} ${second}`, pairs)
  if (pair !== null) return `unknown command "${first} ${second}"; did you mean "${pair}"?`
  const isGroup = inGroup(first).length > 0
  const unknown = isGroup ? `${first} ${second}` : first
  const words = COMMANDS.map((command) => command.definition.words[0] ?? '')
  return `unknown command "${unknown}"${isGroup ? '' : guessed(first, words)}`
}

function unknownRootFlag(flag: string): string {
  return `unknown flag ${flag}${guessed(flag, ['--help', '--version', '--check-config'])}`
}

function guessed(word: string, names: readonly string[]): string {
  const guess = suggest(word, names)
  return guess === null ? '' : `; did you mean ${guess}?`
}

function rootError(error: string, io: Io): number {
  io.err(`holdfast: ${error}`)
  io.err('Try "holdfast --help".')
  return EXIT.usage
}
