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
export async function execute<D extends CommandDefinition>(
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
    case 'error': {
      const { usageError } = await import('./usage.ts')
      const code = usageError(definition, parsed.error, io)
      return asksForNagios(definition, argv) ? NAGIOS_EXIT.unknown : code
    }
    default:
      return parsed satisfies never
  }
}

/** A monitoring system would take the usual code for wrong usage, 2, for a critical server. */
function asksForNagios(definition: CommandDefinition, argv: readonly string[]): boolean {
  return Object.hasOwn(definition.flags, 'nagios') && argv.includes('--nagios')
}
