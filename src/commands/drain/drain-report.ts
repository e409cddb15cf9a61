// Steps of a drain or an undrain as lines for people, or as JSON for programs.
import { isatty } from 'node:tty'
import type { Io } from '../../cli/command.ts'
import type { Step } from '../../drain/drain-step.ts'
import type { Clock } from '../../ports.ts'
import { COLOURED, PLAIN, visible, wantsColour } from '../../view/style.ts'

export interface Report {
  tell(step: Step): void
  /** Milliseconds since it began. */
  readonly tookMs: number
}

const STDOUT = 1

export function createReport(clock: Clock, json: boolean, io: Io): Report {
  const startMs = clock.nowMs()
  const style = wantsColour(isatty(STDOUT), process.env) ? COLOURED : PLAIN
  const paints = { ok: style.good, note: style.doubtful, failed: style.bad }
  const report: Report = {
    get tookMs() {
      return clock.nowMs() - startMs
    },
    tell({ step, result, text }) {
      const atMs = Math.round(report.tookMs)
      if (json) return io.out(JSON.stringify({ step, result, text, at_ms: atMs }))
      const time = `${(atMs / 1000).toFixed(2).padStart(6)} s`
      io.out(`${style.faint(time)}  ${paints[result](result.padEnd(6))}  ${visible(text)}`)
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
