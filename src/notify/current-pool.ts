// A load balancer's pool as messages need it: which real servers are in it, and what each service makes of that.
import { isLastResort } from '../balancer/pool.ts'
import { type Backend, backendsOf } from '../config/balancer-backends.ts'
import type { BalancedService } from '../config/balancer-table.ts'
import type { Config } from '../config/config.ts'
import type { Override } from '../core/override.ts'
import type { Standing, Verdict } from '../core/standing.ts'
import type { BackendStatus } from '../documents/status-document.ts'
import type { BackendState, ServiceState } from '../documents/transition.ts'

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
  /** Real servers that are fit for the pool. */
  readonly inPool: number
  readonly of: number
  readonly quorum: number
  /** Asked when no real server is fit. */
  readonly sorry: readonly string[]
  /** They are asked although none is fit, for there is nobody else. */
  readonly isLastResort: boolean
}

export interface CurrentBackend {
  /** SERVICE.SERVER */
  readonly name: string
  readonly service: string
  readonly server: string
  readonly address: string | null
  /** null before the first verdict. */
  readonly state: BackendState | null
  readonly verdict: Verdict
  readonly standing: Standing
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
    verdict: status?.verdict ?? 'failed',
    standing: status?.standing ?? 'failed',
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
  const inPool = backends.filter(({ state }) => state === 'IN' || state === 'LAST').length
  return {
    name,
    addresses: service.addresses.map(({ address }) => address),
    port,
    state: backends.some(({ state }) => state === null) ? null : serviceState(inPool, quorum),
    inPool,
    of: backends.length,
    quorum,
    sorry: service.sorry.map(({ address }) => address),
    isLastResort: backends.some(isLastResort),
  }
}

function serviceState(inPool: number, quorum: number): ServiceState {
  if (inPool === 0) return 'EMPTY'
  return inPool < quorum ? 'SHORT' : 'ENOUGH'
}

/** What an operator has taken out may fail, as it does when it is mended: that is no news. */
function stateOf({
  standing,
  override,
}: Pick<BackendStatus, 'standing' | 'override'>): BackendState {
  if (override !== null) return 'DRAINED'
  switch (standing) {
    case 'healthy':
    case 'probation':
      return 'IN'
    case 'degraded':
      return 'LAST'
    case 'drained':
    case 'isolated':
      return 'DRAINED'
    case 'failed':
      return 'OUT'
    default:
      return standing satisfies never
  }
}

/** "1 of 3 real servers in the pool, 2 needed" */
export function countText({ inPool, of, quorum }: CurrentService): string {
  return `${inPool} of ${of} real server${of === 1 ? '' : 's'} in the pool, ${quorum} needed`
}
