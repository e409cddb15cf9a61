// The status document, drawn from the core's state.
import { targetFilter } from '../core/addresses.ts'
import { probationMs } from '../core/damper.ts'
import { lateAfterMs } from '../core/latency.ts'
import { byRank } from '../core/rank.ts'
import { mayServe } from '../core/standing.ts'
import type { Item, State } from '../core/state.ts'
import { targetName } from '../core/target.ts'
import { electionEntry, serverStanding } from '../core/verdict.ts'
import {
  type AddressStatus,
  type BackendStatus,
  causeOf,
  type FlapStatus,
  type InstanceStatus,
  STATUS_FORMAT,
  type StatusDocument,
  type TargetStatus,
} from '../documents/status.ts'
import { isoTime, reasonText } from '../documents/text.ts'

/** What the core cannot know: the clocks' readings at one moment, and who writes. */
export interface StatusContext {
  readonly nowMs: number
  readonly wallMs: number
  readonly bootMs: number
  readonly bootId: string
  readonly validUntilMs: number
  readonly version: string
  readonly pid: number
  readonly fingerprint: string
  readonly complaints: readonly string[]
  readonly backends?: readonly BackendStatus[]
}

/** Builds the document as of `context.nowMs`. */
export function buildStatus(state: State, context: StatusContext): StatusDocument {
  const wall = (ms: number) => isoTime(context.wallMs - (context.nowMs - ms))
  return {
    format: STATUS_FORMAT,
    version: context.version,
    server: state.config.server.name,
    config_fingerprint: context.fingerprint,
    pid: context.pid,
    boot_id: context.bootId,
    written_boot_ms: context.bootMs,
    valid_until_boot_ms: context.bootMs + (context.validUntilMs - context.nowMs),
    written_at: isoTime(context.wallMs),
    verdict: state.verdict,
    verdict_since: wall(state.verdictSinceMs),
    may_serve: mayServe(serverStanding(state)),
    reasons: state.reasons.map(reasonText),
    causes: state.reasons.map(causeOf),
    override: state.override,
    flap: flapStatus(state, context.nowMs),
    instances: instanceStatuses(state),
    upstreams: state.upstreams.map((upstream) => ({
      name: upstream.group.name,
      up: upstream.up,
      passed: upstream.passed,
      of: upstream.group.probes.length,
      quorum: upstream.group.quorum,
    })),
    targets: targetStatuses(state, wall),
    addresses: addressStatuses(state, wall),
    ...(context.backends === undefined ? {} : { backends: context.backends }),
    complaints: context.complaints,
  }
}

function flapStatus(state: State, nowMs: number): FlapStatus {
  const { config, damper, required, stopped } = state
  const waitMs = Math.max(0, Math.round(required.nextSweepMs - nowMs))
  return {
    sweeping: stopped ? 'waiting' : (required.sweep?.mode ?? 'waiting'),
    failures: damper.failures,
    passes: damper.passes,
    backoff_ms: damper.backoffMs,
    hold_down_ms: Math.max(0, Math.round(damper.holdDownUntilMs - nowMs)),
    next_sweep_ms: required.sweep === null && Number.isFinite(waitMs) && !stopped ? waitMs : null,
    sweeps: required.sweeps,
    relapses: damper.relapses,
    probation_ms: damper.phase === 'probation' ? Math.round(damper.probationMs) : 0,
    spans: {
      period_ms: config.timing.periodMs,
      hold_down_ms: config.flap.holdDownMs,
      probation_ms: probationMs(damper.relapses, config.flap),
    },
  }
}

function instanceStatuses(state: State): InstanceStatus[] {
  return state.config.pools.flatMap((pool) =>
    pool.instances.map((instance) => ({
      name: instance.name,
      pool: pool.name,
      ...electionEntry(state, pool.name, instance, state.verdict),
      servers: byRank(state.orders.get(pool.name) ?? [], instance.direction),
      holding: state.holding.has(instance.name),
      addresses: instance.addresses,
    })),
  )
}

/** One entry a target: of several probes there the failing one speaks, else the last. */
export function targetStatuses(state: State, wall: (ms: number) => string): TargetStatus[] {
  const representatives = new Map<string, Item>()
  for (const item of state.required.items) {
    const name = targetName(item.target)
    const other = representatives.get(name)
    if (other === undefined || takesPrecedence(item, other)) representatives.set(name, item)
  }
  return [...representatives].map(([name, item]) => ({
    target: name,
    interface: item.address.interface,
    outcome: item.outcome,
    ...(item.detail === undefined ? {} : { detail: item.detail }),
    latency_ms: item.latencyMs === null ? null : Number(item.latencyMs.toFixed(2)),
    late_ms: Math.round(
      lateAfterMs(item.latency, state.config.timing.lateMs, item.group.timeoutMs),
    ),
    at: item.atMs === null ? null : wall(item.atMs),
    ignored: item.ignored,
  }))
}

function takesPrecedence(item: Item, other: Item): boolean {
  if (item.failing !== other.failing) return item.failing
  return (item.atMs ?? 0) > (other.atMs ?? 0)
}

function addressStatuses(state: State, wall: (ms: number) => string): AddressStatus[] {
  const isTarget = targetFilter(state.config)
  return state.addresses.map((local) => ({
    address: local.address,
    interface: local.interface,
    state: local.state,
    since: local.sinceMs === null ? null : wall(local.sinceMs),
    probed: isTarget(local),
  }))
}
