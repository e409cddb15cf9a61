// argv to command: `check` and `notify` first and alone, since keepalived runs them; the only exit.
import type { Io } from './cli/command.ts'
import { standardIo } from './cli/standard-io.ts'

/**
 * `check` must not pay for what the others need, so it is found before the table of commands is
 * loaded, and with code splitting nothing else is read from the executable. So is `notify`, of
 * which keepalived starts one for each instance when a server takes over.
 */
async function main(argv: readonly string[], io: Io): Promise<number> {
  if (argv[0] === 'check') {
    const { check } = await import('./commands/check/check-command.ts')
    return check.execute(argv.slice(1), io)
  }
  if (argv[0] === 'notify') {
    const { notify } = await import('./commands/notify/notify-command.ts')
    return notify.execute(argv.slice(1), io)
  }
  // The daemon's thread for the disk: to anybody else the word is none.
  if (argv[0] === 'disk-thread') {
    const { serveDisk } = await import('./commands/daemon/disk-thread.ts')
    await serveDisk(argv.slice(1))
  }
  const { dispatch } = await import('./commands/command-table.ts')
  return dispatch(argv, io)
}

/** Only a bug gets here: one line for the operator, the rest for whoever asks for it. */
function reportBug(error: unknown): number {
  const text = error instanceof Error ? error.message : String(error)
  standardIo.err(`holdfast: internal error: ${text.split('\n')[0]} (HOLDFAST_DEBUG=1 shows more)`)
  if (process.env.HOLDFAST_DEBUG === '1' && error instanceof Error) standardIo.err(`${error.stack}`)
  return 1
}

process.exit(await main(process.argv.slice(2), standardIo).catch(reportBug))
