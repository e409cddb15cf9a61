// A made-up load balancer with three real servers, and what its daemon notes of them.

import type { ServerState } from '../../src/core/server-state.ts'
import type { SpooledEvent } from '../../src/documents/spooled-event.ts'
import type { BackendStatus } from '../../src/documents/status-document.ts'
import { type CurrentPool, type CurrentState, poolOf } from '../../src/notify/current-state.ts'
import { type KnownPool, poolNews } from '../../src/notify/pool-news.ts'
import { configOf } from '../config/parsing.ts'
import { CURRENT_STATE, madeEvent, RECDNS0 } from './notify-fixtures.ts'

export const TIMEOUT = 'udp/192.0.2.12 127.in-addr.arpa SOA: timeout (no answer in time)'

/** What each of ns1, ns2 and ns3 is worth; null for one that has not been judged. */
export type States = readonly (ServerState | null)[]

const SOUND: States = ['healthy', 'healthy', 'healthy']

export interface PoolChoices {
  readonly serverStates?: States
  readonly quorum?: number
  readonly sorry?: string
  readonly port?: number
  /** Of those that fail. */
  readonly override?: BackendStatus['override']
}

export function madePool({
  serverStates = SOUND,
  quorum = 2,
  sorry,
  port = 53,
  override = null,
}: PoolChoices): CurrentPool {
  const servers = serverStates.map(
    (_, at) => `[balancer.services.dns.servers.ns${at + 1}]\naddresses = ["192.0.2.1${at + 1}"]\n`,
  )
  const config = configOf(
    `[clusters.dns.instances.dns0]\naddresses = ["192.0.2.9"]
[balancer.services.dns]\naddresses = ["192.0.2.9"]\nport = ${port}\nquorum = ${quorum}
${sorry === undefined ? '' : `sorry_server = ["${sorry}"]`}\n${servers.join('')}`,
    'lb1',
  )
  const statuses = serverStates
    .map(madeStatus)
    .map((backendStatus) =>
      backendStatus.state === 'failed' ? { ...backendStatus, override } : backendStatus,
    )
  const pool = poolOf(config, statuses)
  if (pool === null) throw new Error('there is no balancer')
  return pool
}

function madeStatus(serverState: ServerState | null, at: number): BackendStatus {
  const server = `ns${at + 1}`
  const isUp = serverState === 'healthy' || serverState === 'drained'
  const health = isUp ? 'healthy' : serverState === 'degraded' ? 'degraded' : 'failed'
  const drained = {
    mode: 'drained',
    by: 'jo',
    reason: 'new disk',
    sinceWallMs: 0,
    untilWallMs: null,
  }
  return {
    backend: `dns.${server}`,
    service: 'dns',
    server,
    health,
    state: serverState ?? 'failed',
    weight:
      serverState === null ? null : ({ healthy: 100, degraded: 1 }[serverState as string] ?? 0),
    configured_weight: 100,
    since: '2026-11-21T03:12:45.310Z',
    reasons: isUp ? [] : [TIMEOUT.replace('.12 ', `.1${at + 1} `)],
    causes: [],
    override: serverState === 'drained' ? (drained as BackendStatus['override']) : null,
    endpoints_ok: isUp ? 2 : 0,
    endpoints: [],
    came: 0,
    went: 0,
  }
}

/** What is true on lb1, which holds the virtual address. */
export function currentWith(
  pool: CurrentPool,
  differences: Partial<CurrentState> = {},
): CurrentState {
  const dns0 = { ...RECDNS0, name: 'dns0', pool: 'dns', addresses: ['192.0.2.9'], holding: true }
  const instances = [{ ...dns0, rank: 1, order: ['lb1', 'lb2'] }]
  return { ...CURRENT_STATE, server: 'lb1', instances, question: null, pool, ...differences }
}

/** The events of a change, as the daemon would spool them at `atMs` after midnight. */
export function eventsOf(before: CurrentPool, after: CurrentPool, atMs: number): SpooledEvent[] {
  const { known } = poolNews(NOTHING, before)
  return poolNews(known, after).news.map(({ transition, ...entry }) =>
    madeEvent(atMs, transition.state, {
      ...transition,
      before: entry.before,
      snapshot: entry.snapshot,
    }),
  )
}

export const NOTHING: KnownPool = new Map()
