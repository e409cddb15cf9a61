// A command's configuration, or the exit code after what is wrong with it was said.
import { isatty } from 'node:tty'
import { readConfigFile } from '../../adapters/config-file.ts'
import type { Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import type { Config } from '../../config/config.ts'
import { formatDiagnostics } from '../../config/text/diagnostic.ts'
import { wantsColour } from '../../view/style.ts'

const STDERR = 2

export function configFor(command: string, file: string, io: Io): Config | number {
  const reading = readConfigFile(file)
  switch (reading.kind) {
    case 'config':
      return reading.config
    case 'refused':
      io.err(
        formatDiagnostics(reading.diagnostics, {
          colour: wantsColour(isatty(STDERR), process.env),
        }),
      )
      return EXIT.usage
    case 'unreadable':
      io.err(`holdfast ${command}: ${reading.why}`)
      return EXIT.failed
    default:
      return reading satisfies never
  }
}
