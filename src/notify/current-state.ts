// What holds on this server now, as far as a message needs it: its instances, and a load balancer's pool.

import { isFailOpen } from '../balancer/pool.ts'
import { type Backend, backendsOf } from '../config/balancer-backends.ts'
import type { BalancedService } from '../config/balancer-table.ts'
import type { Config } from '../config/config.ts'
import { sourceText } from '../core/check.ts'
import type { ServerFacts } from '../core/facts.ts'
import type { Override } from '../core/override.ts'
import type { Health, ServerState } from '../core/server-state.ts'
import type { BackendStatus } from '../documents/status-document.ts'
import { durationText, reasonText } from '../documents/text.ts'
import type { BackendState, ServiceState, Transition } from '../documents/transition.ts'

export interface CurrentState {
  readonly server: string
  /** The first result is out. */
  readonly decided: boolean
  readonly health: Health
  readonly sinceMs: number
  readonly reasons: readonly string[]
  readonly override: Override | null
  readonly instances: readonly CurrentInstance[]
  /** How often the checks were repeated after a failure, in sentences. */
  readonly tried: readonly string[]
  /** A question that this server must answer: "127.in-addr.arpa SOA". */
  readonly question: string | null
  /** A load balancer's; null on a DNS server. */
  readonly pool: CurrentPool | null
}

export interface CurrentInstance {
  readonly name: string
  readonly cluster: string
  readonly addresses: readonly string[]
  /** The addresses are on an interface of this server other than loopback. */
  readonly holding: boolean
  readonly state: ServerState
  readonly rank: number | null
  /** The servers of the order, best first for this instance. */
  readonly order: readonly string[]
}

export function currentState(facts: ServerFacts, pool: CurrentPool | null): CurrentState {
  const { config, damper } = facts
  const source = config.groups.find((group) => group.kind === 'required')?.probes[0]
  return {
    server: config.server.name,
    decided: facts.decided,
    health: facts.health,
    sinceMs: facts.healthSinceMs,
    reasons: facts.reasons.map(reasonText),
    override: facts.override,
    instances: facts.instances.map(({ servers, ...instance }) => ({ ...instance, order: servers })),
    // What a balancer asks itself is its pool, and that costs no packet worth a mention.
    tried: pool === null && damper.known && damper.phase !== 'up' ? triedOf(facts) : [],
    pool,
    question: source === undefined ? null : sourceText(source),
  }
}

/** The real server or the service that a transition is about; undefined where there is none. */
export function memberOf(
  { pool }: CurrentState,
  { subject, name }: Pick<Transition, 'subject' | 'name'>,
): CurrentBackend | CurrentService | undefined {
  if (subject === 'BACKEND') return pool?.backends.find((backend) => backend.name === name)
  return subject === 'SERVICE' ? pool?.services.find((service) => service.name === name) : undefined
}

function triedOf({ config, damper, cycles: ended }: ServerFacts): string[] {
  const { retries, retryWindowMs } = config.timing
  const asked =
    retries === 0
      ? []
      : [
          `Each failed probe was retried ${retries} times within ${durationText(retryWindowMs)} without a correct response.`,
        ]
  if (damper.phase === 'probation') {
    const left = durationText(damper.probationMs)
    return [`DNS checks pass again; probation for another ${left}.`]
  }
  const cycles = `${ended} check cycles since daemon start`
  const next =
    damper.passes > 0
      ? `the last ${damper.passes} passed`
      : `next retry after ${durationText(damper.backoffMs)}`
  const again =
    damper.repeatFailures > 1
      ? [`Repeat failures in the last hours: ${damper.repeatFailures}.`]
      : []
  return [...asked, `${cycles}; ${next}.`, ...again]
}

export interface CurrentPool {
  readonly services: readonly CurrentService[]
  readonly backends: readonly CurrentBackend[]
  /** A question that every real server must answer: "127.in-addr.arpa SOA". */
  readonly question: string | null
}

export interface CurrentService {
  readonly name: string
  readonly addresses: readonly string[]
  readonly port: number
  /** null while some real server has not been judged. */
  readonly state: ServiceState | null
  /** Real servers in the pool. */
  readonly inPool: number
  readonly of: number
  readonly quorum: number
  /** Queried when the pool is empty. */
  readonly sorry: readonly string[]
  /** All have failed, and they are queried anyway: fail-open. */
  readonly isFailOpen: boolean
}

export interface CurrentBackend {
  /** SERVICE.SERVER */
  readonly name: string
  readonly service: string
  readonly server: string
  readonly address: string | null
  /** null before the first result. */
  readonly state: BackendState | null
  readonly health: Health
  readonly serverState: ServerState
  readonly weight: number
  readonly configuredWeight: number
  /** ISO 8601. */
  readonly since: string
  readonly reasons: readonly string[]
  readonly override: Override | null
}

/**
 * The pool of the configuration. A real server without a status, as when the daemon has just
 * started, is one that has not been judged.
 *
 * @returns null where there is no load balancer
 */
export function poolOf(config: Config, statuses: readonly BackendStatus[]): CurrentPool | null {
  if (config.balancer === null) return null
  const question = config.groups.find((group) => group.kind === 'required')?.probes[0]?.question
  const backends = backendsOf(config.balancer).map((found) =>
    currentBackend(
      found,
      statuses.find(({ backend }) => backend === found.name),
    ),
  )
  return {
    services: config.balancer.services.map((service) =>
      currentService(
        service,
        backends.filter((backend) => backend.service === service.name),
      ),
    ),
    backends,
    question: question === undefined ? null : `${question.name} ${question.type}`,
  }
}

function currentBackend(
  { name, service, server }: Backend,
  status: BackendStatus | undefined,
): CurrentBackend {
  const weight = status?.weight ?? null
  return {
    name,
    service: service.name,
    server: server.name,
    address: server.addresses[0]?.address ?? null,
    state: status === undefined || weight === null ? null : stateOf(status),
    health: status?.health ?? 'failed',
    serverState: status?.state ?? 'failed',
    weight: weight ?? 0,
    configuredWeight: server.weight,
    since: status?.since ?? '',
    reasons: status?.reasons ?? [],
    override: status?.override ?? null,
  }
}

function currentService(
  service: BalancedService,
  backends: readonly CurrentBackend[],
): CurrentService {
  const { name, port, quorum } = service
  const inPool = backends.filter(({ state }) => state === 'ADDED' || state === 'DEGRADED').length
  return {
    name,
    addresses: service.addresses.map(({ address }) => address),
    port,
    state: backends.some(({ state }) => state === null) ? null : serviceState(inPool, quorum),
    inPool,
    of: backends.length,
    quorum,
    sorry: service.sorryServer.map(({ address }) => address),
    isFailOpen: backends.some(({ serverState, weight }) =>
      isFailOpen({ state: serverState, weight }),
    ),
  }
}

function serviceState(inPool: number, quorum: number): ServiceState {
  if (inPool === 0) return 'NO_SERVERS'
  return inPool < quorum ? 'BELOW_QUORUM' : 'QUORUM_OK'
}

/** What an operator has taken out may fail, as it does when it is mended: that is no news. */
function stateOf({
  state: serverState,
  override,
}: Pick<BackendStatus, 'state' | 'override'>): BackendState {
  if (override !== null) return 'DRAINED'
  switch (serverState) {
    case 'healthy':
    case 'probation':
      return 'ADDED'
    case 'degraded':
      return 'DEGRADED'
    case 'drained':
    case 'isolated':
      return 'DRAINED'
    case 'failed':
      return 'REMOVED'
    default:
      return serverState satisfies never
  }
}

/** "1 of 3 real servers in the pool, 2 needed" */
export function countText({ inPool, of, quorum }: CurrentService): string {
  return `${inPool} of ${of} real server${of === 1 ? '' : 's'} in the pool, ${quorum} needed`
}
