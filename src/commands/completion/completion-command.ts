// `holdfast completion`: the script for a shell, made from the definitions of all commands.

import type { CommandBody, CommandDefinition } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { usageError } from '../../cli/usage.ts'
import { didYouMean } from '../../config/text/suggest.ts'
import { COMPLETION, SHELLS } from '../setup-definitions.ts'
import { bashCompletion } from './bash.ts'
import { fishCompletion } from './fish.ts'
import { type CommandShape, shapesOf } from './shape.ts'
import { zshCompletion } from './zsh.ts'

type Shell = (typeof SHELLS)[number]

const SCRIPTS: Readonly<Record<Shell, (shapes: readonly CommandShape[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

/** The script for a shell that completes these commands. */
export function completionScript(shell: Shell, definitions: readonly CommandDefinition[]): string {
  return SCRIPTS[shell](shapesOf(definitions))
}

/** @param definitions those of all commands, this one included */
export function completionBody(
  definitions: readonly CommandDefinition[],
): CommandBody<typeof COMPLETION> {
  return {
    async run({ operands: [shell = ''] }, io) {
      const known = SHELLS.find((candidate) => candidate === shell)
      if (known === undefined)
        return usageError(COMPLETION, `unknown shell "${shell}"; ${didYouMean(shell, SHELLS)}`, io)
      io.out(completionScript(known, definitions))
      return EXIT.ok
    },
  }
}
