// The status document, drawn from what the core knows of the server.

import { endpointName } from '../core/check.ts'
import { probationMs } from '../core/damper.ts'
import type { CheckFacts, InstanceFacts, ServerFacts } from '../core/facts.ts'
import { endpointFilter } from '../core/probed-addresses.ts'
import { mayServe } from '../core/server-state.ts'
import {
  type AddressStatus,
  type BackendStatus,
  causeOf,
  type EndpointStatus,
  type FlapStatus,
  type InstanceStatus,
  STATUS_FORMAT,
  type StatusDocument,
  type StatusEvent,
} from '../documents/status-document.ts'
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
  /** When this configuration was loaded, in milliseconds since 1970. */
  readonly configWallMs: number
  readonly events: readonly StatusEvent[]
  readonly complaints: readonly string[]
  readonly backends?: readonly BackendStatus[]
}

/** Builds the document as of `context.nowMs`. */
export function buildStatus(facts: ServerFacts, context: StatusContext): StatusDocument {
  const wall = (ms: number) => isoTime(context.wallMs - (context.nowMs - ms))
  return {
    format: STATUS_FORMAT,
    version: context.version,
    server: facts.config.server.name,
    config_fingerprint: context.fingerprint,
    config_loaded_at: isoTime(context.configWallMs),
    pid: context.pid,
    boot_id: context.bootId,
    written_boot_ms: context.bootMs,
    valid_until_boot_ms: context.bootMs + (context.validUntilMs - context.nowMs),
    written_at: isoTime(context.wallMs),
    health: facts.health,
    health_since: wall(facts.healthSinceMs),
    state_since: wall(facts.serverStateSinceMs),
    may_serve: mayServe(facts.state),
    reasons: facts.reasons.map(reasonText),
    causes: facts.reasons.map(causeOf),
    override: facts.override,
    ...(facts.config.server.shadow ? { shadow: true } : {}),
    flap: flapStatus(facts, context.nowMs),
    instances: facts.instances.map(instanceStatus),
    upstreams: facts.upstreams.map(({ name, up, passed, of, quorum }) => {
      return { name, up, passed, of, quorum }
    }),
    endpoints: endpointStatuses(facts, wall),
    addresses: addressStatuses(facts, wall),
    ...(context.backends === undefined ? {} : { backends: context.backends }),
    complaints: context.complaints,
    events: context.events,
  }
}

/** Field by field: what the core adds to its facts must not come into the document by itself. */
function instanceStatus(facts: InstanceFacts): InstanceStatus {
  const {
    name,
    cluster,
    rank,
    of,
    state: serverState,
    priority,
    servers,
    holding,
    addresses,
  } = facts
  return { name, cluster, rank, of, state: serverState, priority, servers, holding, addresses }
}

function flapStatus(facts: ServerFacts, nowMs: number): FlapStatus {
  const { config, damper, cycle, stopped } = facts
  const waitMs = Math.max(0, Math.round(facts.nextCycleMs - nowMs))
  return {
    cycle_mode: stopped ? 'waiting' : (cycle?.mode ?? 'waiting'),
    failures: damper.failures,
    passes: damper.passes,
    backoff_ms: damper.backoffMs,
    backoff_hold_ms: Math.max(0, Math.round(damper.backoffHoldUntilMs - nowMs)),
    next_cycle_ms: cycle === null && Number.isFinite(waitMs) && !stopped ? waitMs : null,
    cycles: facts.cycles,
    repeat_failures: damper.repeatFailures,
    probation_ms: damper.phase === 'probation' ? Math.round(damper.probationMs) : 0,
    spans: {
      period_ms: config.timing.checkIntervalMs,
      backoff_hold_ms: config.flap.backoffHoldMs,
      probation_ms: probationMs(damper.repeatFailures, config.flap),
    },
  }
}

/** One entry an endpoint: of several probes there the failing one speaks, else the last. */
export function endpointStatuses(
  facts: ServerFacts,
  wall: (ms: number) => string,
): EndpointStatus[] {
  const representatives = new Map<string, CheckFacts>()
  for (const check of facts.checks) {
    if (check.check.group.kind !== 'required') continue
    const name = endpointName(check.check.endpoint)
    const other = representatives.get(name)
    if (other === undefined || takesPrecedence(check, other)) representatives.set(name, check)
  }
  return [...representatives].map(([name, representative]) => ({
    endpoint: name,
    interface: representative.interface,
    outcome: representative.outcome,
    ...(representative.detail === undefined ? {} : { detail: representative.detail }),
    latency_ms:
      representative.latencyMs === null ? null : Number(representative.latencyMs.toFixed(2)),
    late_ms: Math.round(representative.lateMs),
    at: representative.atMs === null ? null : wall(representative.atMs),
    ignored: representative.ignored,
  }))
}

function takesPrecedence(one: CheckFacts, other: CheckFacts): boolean {
  if (one.failing !== other.failing) return one.failing
  return (one.atMs ?? 0) > (other.atMs ?? 0)
}

function addressStatuses(facts: ServerFacts, wall: (ms: number) => string): AddressStatus[] {
  const isEndpoint = endpointFilter(facts.config)
  return facts.addresses.map((local) => ({
    address: local.address,
    interface: local.interface,
    state: local.state,
    since: local.sinceMs === null ? null : wall(local.sinceMs),
    probed: isEndpoint(local),
  }))
}
