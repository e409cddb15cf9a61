// What can be drained and undrained, how its steps are printed, and how it is interrupted.
import { isatty } from 'node:tty'
import type { Io } from '../../cli/command.ts'
import type { Override } from '../../core/override.ts'
import type { DrainStep } from '../../drain/drain-step.ts'
import type { Clock } from '../../ports.ts'
import { COLOURED, PLAIN, visible, wantsColour } from '../../view/style.ts'

/** What drain and undrain are about: this server, or real servers of the load balancer that it is. */
export interface Drainable {
  readonly clock: Clock
  /** How long a drain may take without `--timeout`. */
  readonly drainLimitMs: number
  /** A drain that may begin, or the step that says why there is nothing to do, or to be done. */
  prepare(
    wanted: Override,
    options: DrainOptions,
    report: StepReport,
  ): Promise<PreparedDrain | DrainStep>
  /** Resolves to whether it is back in service; every step is told. */
  undrain(options: UndrainOptions, report: StepReport, isCancelled: () => boolean): Promise<boolean>
}

export interface DrainOptions {
  readonly timeoutMs: number
  readonly force: boolean
}

export interface UndrainOptions {
  readonly timeoutMs: number
  /** Wait neither for the checks nor for the cache. */
  readonly noWait: boolean
  /** A failback delay that is running goes on. */
  readonly keepFailbackDelay: boolean
  /** The drain to end, if that one alone is meant. */
  readonly id: string | undefined
}

/** A drain that has changed nothing yet. */
export interface PreparedDrain {
  /** What it would make of the drained. */
  readonly orderText: string
  /** Resolves to whether all of it is drained; every step is told. */
  carryOut(isCancelled: () => boolean): Promise<boolean>
  doneText(took: string): string
}

export interface StepReport {
  tell(step: DrainStep): void
  /** Milliseconds since it began. */
  readonly tookMs: number
}

const STDOUT = 1

export function createReport(clock: Clock, json: boolean, io: Io): StepReport {
  const startMs = clock.nowMs()
  const style = wantsColour(isatty(STDOUT), process.env) ? COLOURED : PLAIN
  const paints = { ok: style.good, note: style.doubtful, failed: style.bad }
  const report: StepReport = {
    get tookMs() {
      return clock.nowMs() - startMs
    },
    tell({ step, result, text, details = [], next }) {
      const atMs = Math.round(report.tookMs)
      if (json) {
        const more = { ...(details.length === 0 ? {} : { details }), next }
        return io.out(JSON.stringify({ step, result, text, ...more, at_ms: atMs }))
      }
      // The last line is for the operator, not for the log.
      if (step === 'done') return io.out(paints[result](visible(text)))
      const time = `${(atMs / 1000).toFixed(2).padStart(6)} s`
      const word = result === 'failed' ? 'FAIL' : result
      io.out(`${style.faint(time)}  ${paints[result](word.padEnd(4))}  ${visible(text)}`)
      for (const detail of details) io.out(`${' '.repeat(16)}${visible(detail)}`)
      if (next !== undefined) io.out(visible(next))
    },
  }
  return report
}

export interface Cancellation {
  isCancelled(): boolean
  end(): void
}

/** SIGINT and SIGTERM ask for an end in a safe state; a second one ends the program at once. */
export function onInterrupt(): Cancellation {
  let cancelled = false
  const cancel = () => {
    cancelled = true
    end()
  }
  const end = () => {
    process.off('SIGINT', cancel)
    process.off('SIGTERM', cancel)
  }
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  return { isCancelled: () => cancelled, end }
}
