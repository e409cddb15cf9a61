// What the core reports, as one log line each.
import { placeText } from '../balancer/pool.ts'
import type { EndpointFailure, LogEvent } from '../core/effect.ts'
import type { Override } from '../core/override.ts'
import type { ServerState } from '../core/server-state.ts'
import {
  alike,
  drainText,
  durationText,
  outcomeText,
  priorityText,
  reasonText,
  upstreamText,
} from '../documents/text.ts'

export interface LogLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug'
  readonly text: string
}

const HEALTH_LEVEL = { healthy: 'info', degraded: 'warn', failed: 'error' } as const

/** Levels: error, this server is out of service; warn, investigate; info, normal. */
export function logLine(entry: LogEvent): LogLine {
  switch (entry.kind) {
    case 'health': {
      const why =
        entry.reasons.length > 0 ? `: ${alike(entry.reasons.map(reasonText)).join('; ')}` : ''
      // Where a server starts in trouble, nothing changes but that there is a cause.
      const change = entry.from === entry.to ? entry.to : `${entry.from} -> ${entry.to}`
      // An operator asked for a stop: it is no trouble.
      const stopping = entry.reasons.some((reason) => reason.kind === 'stopping')
      const level = stopping ? 'info' : HEALTH_LEVEL[entry.to]
      return { level, text: `health: ${change}${why}` }
    }
    case 'priority': {
      const from = entry.from === null ? '' : `${priorityText(entry.from)} -> `
      const rank =
        entry.rank === null ? 'not in the order file' : `rank ${entry.rank} of ${entry.of}`
      return info(`${entry.instance}: priority ${from}${priorityText(entry.to)} (${rank})`)
    }
    case 'lapsed':
      return warn(`woke ${durationText(entry.lateMs)} after its status had expired: starting again`)
    case 'suspected':
    case 'cleared':
    case 'endpoint-failed':
    case 'endpoint-recovered':
      return debug(`${entry.endpoint} ${endpointText(entry)}`)
    case 'cycle-failed': {
      if (entry.backoffMs > 0)
        return debug(`next check in ${durationText(entry.backoffMs)} (backoff)`)
      const what = entry.failure === undefined ? '' : `: ${failureText(entry.failure)}`
      return warn(`check failed (${entry.failures} of ${entry.fall})${what}`)
    }
    case 'rising':
      return info(`check passed (${entry.passes} of ${entry.needed})`)
    case 'probation': {
      const repeats = `repeat failure ${entry.repeatFailures}`
      return info(
        `probation: ${durationText(entry.forMs)} of clean checks required before failback (${repeats})`,
      )
    }
    case 'upstream': {
      const text = `upstream ${entry.group}: ${entry.up ? 'up' : 'down'} (${upstreamText(entry)})`
      return { level: entry.up ? 'info' : 'warn', text }
    }
    case 'address-added':
      return info(`address ${entry.address} added on ${entry.interface}`)
    case 'address-removed': {
      const held = durationText(entry.backoffHoldMs)
      return info(
        `address ${entry.address} removed from ${entry.interface} (backoff held for ${held})`,
      )
    }
    case 'address-dadfailed':
      return warn(
        `address ${entry.address} on ${entry.interface} is a duplicate (dadfailed), unusable`,
      )
    case 'holding':
      return info(`${entry.instance}: ${entry.holding ? 'now' : 'no longer'} holder`)
    case 'unlisted':
      return warn(
        `${entry.server} is not in the order file of ${entry.cluster}: treated as drained`,
      )
    case 'order':
      return info(`server order of ${entry.cluster}: ${entry.servers.join(', ')}`)
    case 'override':
      return drainLine(entry.override)
    default:
      return entry satisfies never
  }
}

/** One line for each endpoint is for debugging: when named dies, all of them fail. */
type EndpointEvent = Extract<LogEvent, { readonly endpoint: string }>

function endpointText(entry: EndpointEvent): string {
  switch (entry.kind) {
    case 'suspected':
      return `retrying: ${entry.outcome} after ${durationText(entry.afterMs)}`
    case 'cleared':
      return 'ok on retry'
    case 'endpoint-recovered':
      return 'ok again'
    case 'endpoint-failed': {
      const what = `${entry.question}: ${outcomeText(entry.outcome, entry.detail)}`
      return entry.ignored === null ? what : `${what}; ignored (address was just added)`
    }
    default:
      return entry satisfies never
  }
}

function failureText({ endpoint, question, outcome, detail }: EndpointFailure): string {
  return `${endpoint} ${question}: ${outcomeText(outcome, detail)}`
}

function drainLine(override: Override | null): LogLine {
  if (override === null) return info('drain: ended')
  return warn(`${override.mode === 'isolated' ? 'isolation' : 'drain'}: ${drainText(override)}`)
}

/** What a load balancer's real server weighs from now on. */
export function weightLogLine(backend: string, weight: number, serverState: ServerState): LogLine {
  const level = serverState === 'failed' ? 'warn' : 'info'
  return {
    level,
    text: `${backend}: weight ${weight} (${placeText({ state: serverState, weight })})`,
  }
}

function info(text: string): LogLine {
  return { level: 'info', text }
}

function warn(text: string): LogLine {
  return { level: 'warn', text }
}

function debug(text: string): LogLine {
  return { level: 'debug', text }
}
