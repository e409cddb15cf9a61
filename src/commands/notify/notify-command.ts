// `holdfast notify`: stores a state change with what is known at that moment, and returns.

import { spoolEvent } from '../../adapters/spool.ts'
import { readBootMoment, readStatusFile } from '../../adapters/status-file.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { command } from '../../cli/execute.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { encodeEvent } from '../../documents/spooled-event.ts'
import type { BootMoment } from '../../documents/status-document.ts'
import { noSnapshot, snapshotOf } from '../../documents/status-snapshot.ts'
import { readTransition, type Transition } from '../../documents/transition.ts'
import type { Result } from '../../ports.ts'
import { newEventId } from '../../runtime/event-stamp.ts'
import { NOTIFY } from '../setup-definitions.ts'

type NotifyArguments = Arguments<typeof NOTIFY>

/** The whole command in one module, for the fast path of main. */
export const notify = command(NOTIFY, async () => ({ run }))

/** Notes what the operands say, or follows a FIFO. */
export async function run({ flags, operands }: NotifyArguments, io: Io): Promise<number> {
  const folders = { stateDir: flags['state-dir'], runDir: flags['run-dir'] }
  if (flags.fifo !== undefined) {
    if (operands.length > 0) return sayUsage('--fifo takes no operands', io)
    const { followFifo } = await import('./notify-fifo.ts')
    return followFifo(flags.fifo, (transition, at) => noteTransition(transition, folders, at), io)
  }
  const reading = readTransition(operands)
  if (!reading.ok) return sayUsage(reading.error, io)
  const noted = noteTransition(reading.transition, folders, 0)
  if (noted.ok) return EXIT.ok
  io.err(`holdfast notify: ${noted.error}`)
  return EXIT.failed
}

async function sayUsage(error: string, io: Io): Promise<number> {
  const { usageError } = await import('../../cli/usage.ts')
  return usageError(NOTIFY, error, io)
}

export interface NotifyFolders {
  readonly stateDir: string
  readonly runDir: string
}

/** @param sequence keeps transitions of one process in their order within a millisecond */
function noteTransition(
  transition: Transition,
  { stateDir, runDir }: NotifyFolders,
  sequence: number,
): Result<void> {
  const wallMs = Date.now()
  const moment = readBootMoment()
  const { bootMs, bootId }: BootMoment =
    typeof moment === 'string' ? { bootMs: 0, bootId: '' } : moment
  const id = newEventId(wallMs, sequence)
  const snapshot = look(runDir, transition.name)
  const event = encodeEvent({ ...transition, id, wallMs, bootMs, bootId, snapshot })
  return spoolEvent(stateDir, id, event)
}

/** A status that breaks what reads it must not cost the event. */
function look(runDir: string, name: string) {
  try {
    return snapshotOf(readStatusFile(runDir), name)
  } catch {
    return noSnapshot(`${runDir}/status.json is damaged`)
  }
}
