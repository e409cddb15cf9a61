// docs/reference/commands.md: a head that is written by hand, and the help of every command.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { helpOf } from '../../src/cli/usage.ts'
import { COMMANDS } from '../../src/commands/command-table.ts'

const HEAD = join(import.meta.dir, 'commands.md.in')

/** docs/reference/commands.md as it has to be. */
export function commandsPage(): string {
  const sections = COMMANDS.map(({ definition }) =>
    [
      `### holdfast ${definition.words.join(' ')}`,
      `\`\`\`\n${helpOf(definition).trimEnd()}\n\`\`\``,
    ].join('\n\n'),
  )
  return `${[readFileSync(HEAD, 'utf8').trimEnd(), '## Help', ...sections].join('\n\n')}\n`
}
