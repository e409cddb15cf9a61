// The line and level that a monitoring system reads, by the monitoring plugins' guidelines.
import type { ServerState } from '../core/server-state.ts'
import type { StatusDocument, StatusReading } from '../documents/status-document.ts'
import { tallyEndpoints, worstServerState } from '../documents/status-summary.ts'
import { kindText, oneLine, summary } from './check-answer.ts'

export type NagiosLevel = 'ok' | 'warning' | 'critical' | 'unknown'

export interface NagiosAnswer {
  readonly level: NagiosLevel
  /** `HOLDFAST OK - … | endpoints_ok=16;;;0;16 …` */
  readonly line: string
}

/**
 * Serving is OK; on probation, degraded or drained WARNING; failed, starting or isolated CRITICAL.
 *
 * A stale status is CRITICAL: the daemon has died or hangs, and keepalived treats it as failed.
 * One that cannot be read is UNKNOWN, since it may be the reader's own fault.
 */
export function nagiosAnswer(
  reading: StatusReading | { readonly kind: 'missing'; readonly why: string },
): NagiosAnswer {
  switch (reading.kind) {
    case 'fresh':
      return answer(levelOf(worstServerState(reading.document)), summary(reading.document), [
        ...perfdata(reading.document),
      ])
    case 'stale':
      return answer('critical', `stale: ${reading.why}`, [])
    case 'unreadable':
    case 'missing':
      return answer('unknown', `${kindText(reading.kind)}: ${reading.why}`, [])
    default:
      return reading satisfies never
  }
}

/** The line for wrong usage, which must not be taken for a sick server. */
export function nagiosUnknown(why: string): NagiosAnswer {
  return answer('unknown', why, [])
}

/** What a text message holds. */
const MAX_TEXT_LENGTH = 160

function answer(level: NagiosLevel, text: string, data: readonly string[]): NagiosAnswer {
  // A bar in the text would end it and begin the performance data.
  const whole = `HOLDFAST ${level.toUpperCase()} - ${text}`
  const line = oneLine(whole, MAX_TEXT_LENGTH).replaceAll('|', '/')
  return { level, line: data.length === 0 ? line : `${line} | ${data.join(' ')}` }
}

function levelOf(serverState: ServerState): NagiosLevel {
  switch (serverState) {
    case 'healthy':
      return 'ok'
    case 'probation':
    case 'degraded':
    case 'drained':
      return 'warning'
    case 'failed':
    case 'isolated':
      return 'critical'
    default:
      return serverState satisfies never
  }
}

/** 'label'=value[UOM];[warn];[crit];[min];[max], where U stands for an unknown value. */
function perfdata(document: StatusDocument): readonly string[] {
  const { ok, failing, worstLatencyMs } = tallyEndpoints(document)
  const backoffMs: unknown = document.flap?.backoff_ms
  return [
    `endpoints_ok=${ok};;;0;${ok + failing}`,
    `endpoints_failing=${failing};;;0;${ok + failing}`,
    `worst_latency=${milliseconds(worstLatencyMs)};;;0`,
    `backoff=${milliseconds(backoffMs)};;;0`,
  ]
}

function milliseconds(value: unknown): string {
  return typeof value === 'number' && Number.isFinite(value) ? `${+value.toFixed(3)}ms` : 'U'
}
