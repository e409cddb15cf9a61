// Writes manual pages and completions into the folder that it is given.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { VERSION } from '../../src/cli/version.ts'
import { COMMANDS } from '../../src/commands/command-table.ts'
import { completionScript } from '../../src/commands/completion/completion-command.ts'
import { commandPage, pageName, programPage } from './page.ts'

const [out] = process.argv.slice(2)
if (out === undefined) throw new Error('the folder is missing')
const definitions = COMMANDS.map((command) => command.definition)

function write(folder: string, name: string, text: string): void {
  const path = join(out ?? '', folder)
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, name), text)
}

write('man', 'holdfast.1', programPage(definitions, VERSION))
for (const definition of definitions)
  write('man', `${pageName(definition)}.1`, commandPage(definition, VERSION, definitions))

// Named as the folders want it that the shells look into.
write('completions', 'holdfast', completionScript('bash', definitions))
write('completions', '_holdfast', completionScript('zsh', definitions))
write('completions', 'holdfast.fish', completionScript('fish', definitions))
