// `holdfast check`: reads the status file alone and answers keepalived, old scripts or Nagios.

import { readStatusFile, type StatusFileReading } from '../../adapters/status-file.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { command, wrongUsage } from '../../cli/execute.ts'
import { EXIT, NAGIOS_EXIT } from '../../cli/exit-code.ts'
import {
  type CheckAnswer,
  isSlot,
  mayServeAnswer,
  oneLine,
  type SlotQuestion,
  slotAnswer,
  worstStanding,
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
  if (flags.backend !== undefined) {
    const { checkBackend } = await import('./check-backend.ts')
    return checkBackend(reading, flags.backend, flags.json, io)
  }
  const question = questionOf(args.operands)
  const answer = answerTo(reading, question)
  io.out(flags.json ? asJson(reading, question, answer) : answer.why)
  return answer.passes ? EXIT.ok : EXIT.failed
}

function usageErrorOf({ flags, operands }: CheckArguments): string | null {
  const [instance, slot] = operands
  if (instance !== undefined && slot === undefined) return 'SLOT is missing after INSTANCE'
  if (slot !== undefined && !isSlot(slot))
    return `SLOT must be a rank such as 1, "probation", "degraded" or "drained", not "${slot}"`
  if (flags.nagios && instance !== undefined) return '--nagios goes without INSTANCE and SLOT'
  if (flags.backend !== undefined && (flags.nagios || instance !== undefined))
    return '--backend goes without --nagios, INSTANCE and SLOT'
  if (flags.nagios && flags.json) return '--nagios and --json exclude each other'
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

function answerTo(reading: StatusFileReading, question: SlotQuestion | null): CheckAnswer {
  if (reading.kind !== 'fresh')
    return { passes: false, why: oneLine(`${reading.kind}: ${reading.why}`) }
  return question === null
    ? mayServeAnswer(reading.document)
    : slotAnswer(reading.document, question)
}

function asJson(
  reading: StatusFileReading,
  question: SlotQuestion | null,
  answer: CheckAnswer,
): string {
  const document = 'document' in reading ? reading.document : null
  return JSON.stringify({
    passes: answer.passes,
    status: reading.kind,
    why: answer.why,
    server: document?.server ?? null,
    verdict: document?.verdict ?? null,
    standing: document === null ? null : worstStanding(document),
    ...question,
  })
}
