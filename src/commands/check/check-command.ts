// `holdfast check`: reads the status file alone and answers keepalived, old scripts or Nagios.

import { readStatusFile, type StatusFileReading } from '../../adapters/status-file.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { command, wrongUsage } from '../../cli/execute.ts'
import { EXIT, NAGIOS_EXIT } from '../../cli/exit-code.ts'
import { stateOf } from '../../documents/status-summary.ts'
import {
  type CheckAnswer,
  isSlot,
  kindText,
  mayServeAnswer,
  oneLine,
  type SlotQuestion,
  slotAnswer,
} from '../../view/check-answer.ts'
import { CHECK } from '../operating-definitions.ts'

type CheckArguments = Arguments<typeof CHECK>

/** The whole command in one module, for the fast path of main. */
export const check = command(CHECK, async () => ({ run }))

/** Answers with the exit code; never waits for the daemon and never writes but for `--ensure`. */
export async function run(args: CheckArguments, io: Io): Promise<number> {
  const { flags } = args
  const error = usageErrorOf(args)
  if (error !== null) return wrongUsage(CHECK, error, flags.nagios, io)
  const reading = readStatusFile(flags['run-dir'])
  if (flags.ensure && reading.kind !== 'fresh') {
    const { ensureDaemon } = await import('./ensure.ts')
    const result = await ensureDaemon(flags['run-dir'], flags.config)
    io.err(`holdfast check: ${result.ok ? result.value : result.error}`)
  }
  if (flags.nagios) return sayNagios(reading, io)
  const { passes, why, details } =
    flags.backend === undefined
      ? answerTo(reading, questionOf(args.operands))
      : await backendAnswerTo(reading, flags.backend)
  const document = { passes, status: reading.kind, why }
  io.out(flags.json ? JSON.stringify({ ...document, ...details() }) : why)
  return passes ? EXIT.ok : EXIT.failed
}

function usageErrorOf({ flags, operands }: CheckArguments): string | null {
  const [instance, slot] = operands
  if (instance !== undefined && slot === undefined) return 'SLOT is missing after INSTANCE'
  if (slot !== undefined && !isSlot(slot))
    return `SLOT must be a rank such as 1, "probation", "degraded" or "drained", not "${slot}"`
  if (flags.nagios && instance !== undefined)
    return '--nagios cannot be combined with INSTANCE and SLOT'
  if (flags.backend !== undefined && (flags.nagios || instance !== undefined))
    return '--backend cannot be combined with --nagios, INSTANCE or SLOT'
  if (flags.nagios && flags.json) return 'use only one of --nagios and --json'
  return null
}

async function sayNagios(reading: StatusFileReading, io: Io): Promise<number> {
  const { nagiosAnswer } = await import('../../view/nagios.ts')
  const { level, line } = nagiosAnswer(reading)
  io.out(line)
  return NAGIOS_EXIT[level]
}

function questionOf([instance, slot]: readonly string[]): SlotQuestion | null {
  return instance === undefined || slot === undefined ? null : { instance, slot }
}

interface DetailedAnswer extends CheckAnswer {
  /** What `--json` says besides. */
  details(): object
}

function answerTo(reading: StatusFileReading, question: SlotQuestion | null): DetailedAnswer {
  const answer =
    reading.kind !== 'fresh'
      ? notFresh(reading)
      : question === null
        ? mayServeAnswer(reading.document)
        : slotAnswer(reading.document, question)
  const document = 'document' in reading ? reading.document : null
  return {
    ...answer,
    details: () => ({
      server: document?.server ?? null,
      health: document?.health ?? null,
      state: document === null ? null : stateOf(document),
      ...question,
    }),
  }
}

/** Whether a load balancer's real server is in the pool. */
async function backendAnswerTo(reading: StatusFileReading, name: string): Promise<DetailedAnswer> {
  const { backendAnswer } = await import('../../view/backend-answer.ts')
  const answer =
    reading.kind === 'fresh'
      ? backendAnswer(reading.document, name)
      : { ...notFresh(reading), weight: null }
  return { ...answer, details: () => ({ backend: name, weight: answer.weight }) }
}

function notFresh({ kind, why }: Exclude<StatusFileReading, { kind: 'fresh' }>): CheckAnswer {
  return { passes: false, why: oneLine(`${kindText(kind)}: ${why}`) }
}
