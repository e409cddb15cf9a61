// What the core reports, as one log line each.
import { placeText } from '../balancer/pool.ts'
import type { LogEvent } from '../core/effect.ts'
import type { Standing } from '../core/standing.ts'
import {
  durationText,
  outcomeText,
  overrideText,
  priorityText,
  reasonsText,
  upstreamText,
} from '../documents/text.ts'

export interface LogLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug'
  readonly text: string
}

const VERDICT_LEVEL = { healthy: 'info', degraded: 'warn', failed: 'error' } as const

/** The level says who must act: error, the server is out; warn, look at it; info, it is as it should be. */
export function logLine(entry: LogEvent): LogLine {
  switch (entry.kind) {
    case 'verdict': {
      const why = entry.reasons.length > 0 ? `: ${reasonsText(entry.reasons)}` : ''
      // Somebody ordered a stop: it is no trouble.
      const stopping = entry.reasons.some((reason) => reason.kind === 'stopping')
      const level = stopping ? 'info' : VERDICT_LEVEL[entry.to]
      return { level, text: `verdict ${entry.from} -> ${entry.to}${why}` }
    }
    case 'priority': {
      const from = entry.from === null ? '' : `${priorityText(entry.from)} -> `
      const rank = entry.rank === null ? 'not in the order' : `rank ${entry.rank} of ${entry.of}`
      return info(`priority of ${entry.instance} ${from}${priorityText(entry.to)} (${rank})`)
    }
    case 'suspected':
      return debug(
        `${entry.target} is suspected: ${entry.outcome} after ${durationText(entry.afterMs)}`,
      )
    case 'lapsed':
      return {
        level: 'warn',
        text: `woke ${durationText(entry.lateMs)} after the end of its own status: starting anew`,
      }
    case 'cleared':
      return debug(`${entry.target} answered when asked again`)
    case 'target-failed': {
      const what = `${entry.target} ${entry.question}: ${outcomeText(entry.outcome, entry.detail)}`
      if (entry.ignored === 'grace') return info(`${what}; ignored, because the address is young`)
      return { level: 'warn', text: what }
    }
    case 'target-recovered':
      return info(`${entry.target} answers again`)
    case 'sweep-failed':
      return entry.backoffMs === 0
        ? { level: 'warn', text: `failing sweep ${entry.failures} of ${entry.fall}` }
        : info(`next sweep in ${durationText(entry.backoffMs)}`)
    case 'rising':
      return info(`passing sweep ${entry.passes} of ${entry.needed}`)
    case 'probation':
      return info(
        `on probation for ${durationText(entry.forMs)} of clean sweeps (relapse ${entry.relapses}); until then it only replaces a worse server`,
      )
    case 'upstream': {
      const level = entry.up ? 'info' : 'warn'
      return {
        level,
        text: `upstream group ${entry.group} is ${entry.up ? 'up' : 'down'}: ${upstreamText(entry)}`,
      }
    }
    case 'address-added':
      return info(`address ${entry.address} came to ${entry.interface}`)
    case 'address-removed': {
      const held = durationText(entry.holdDownMs)
      return info(
        `address ${entry.address} went from ${entry.interface}; backoff holds for ${held}`,
      )
    }
    case 'address-dadfailed':
      return {
        level: 'warn',
        text: `address ${entry.address} on ${entry.interface} is a duplicate (dadfailed) and cannot be used`,
      }
    case 'holding':
      return info(`${entry.holding ? 'holding' : 'no longer holding'} ${entry.instance}`)
    case 'unlisted':
      return {
        level: 'warn',
        text: `the order of ${entry.pool} does not list ${entry.server}: drained`,
      }
    case 'order':
      return info(`order of ${entry.pool}: ${entry.servers.join(', ')}`)
    case 'override':
      if (entry.override === null) return info('no override is in force')
      return { level: 'warn', text: `override: ${overrideText(entry.override)}` }
    default:
      return entry satisfies never
  }
}

/** What a load balancer's real server weighs from now on. */
export function weightLogLine(backend: string, weight: number, standing: Standing): LogLine {
  const level = standing === 'failed' ? 'warn' : 'info'
  return { level, text: `weight of ${backend} is ${weight} (${placeText({ standing, weight })})` }
}

function info(text: string): LogLine {
  return { level: 'info', text }
}

function debug(text: string): LogLine {
  return { level: 'debug', text }
}
