// Runs one subcommand: help, strict arguments, then the body, which is loaded only now.
import { parseArguments } from './arguments.ts'
import type { Command, CommandBody, CommandDefinition, Io } from './command.ts'
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
