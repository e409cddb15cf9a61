// A made-up load balancer with three real servers, and what its daemon notes of them.

import type { Standing } from '../../src/core/standing.ts'
import type { SpooledEvent } from '../../src/documents/spooled-event.ts'
import type { BackendStatus } from '../../src/documents/status-document.ts'
import { type CurrentPool, type CurrentState, poolOf } from '../../src/notify/current-state.ts'
import { type KnownPool, poolNews } from '../../src/notify/pool-news.ts'
import { configOf } from '../config/parsing.ts'
import { CURRENT_STATE, madeEvent, RECDNS0 } from './notify-fixtures.ts'

export const TIMEOUT = 'udp/192.0.2.12 127.in-addr.arpa SOA: timeout (no answer in time)'

/** What each of ns1, ns2 and ns3 is worth; null for one that has not been judged. */
export type Standings = readonly (Standing | null)[]

const SOUND: Standings = ['healthy', 'healthy', 'healthy']

export interface PoolChoices {
  readonly standings?: Standings
  readonly quorum?: number
  readonly sorry?: string
  readonly port?: number
  /** Of those that fail. */
  readonly override?: BackendStatus['override']
}

export function madePool({
  standings = SOUND,
  quorum = 2,
  sorry,
  port = 53,
  override = null,
}: PoolChoices): CurrentPool {
  const servers = standings.map(
    (_, at) => `[balancer.services.dns.servers.ns${at + 1}]\naddresses = ["192.0.2.1${at + 1}"]\n`,
  )
  const config = configOf(
    `[clusters.dns.instances.dns0]\naddresses = ["192.0.2.9"]
[balancer.services.dns]\naddresses = ["192.0.2.9"]\nport = ${port}\nquorum = ${quorum}
${sorry === undefined ? '' : `sorry_server = ["${sorry}"]`}\n${servers.join('')}`,
    'lb1',
  )
  const statuses = standings
    .map(madeStatus)
    .map((backendStatus) =>
      backendStatus.standing === 'failed' ? { ...backendStatus, override } : backendStatus,
    )
  const pool = poolOf(config, statuses)
  if (pool === null) throw new Error('there is no balancer')
  return pool
}

function madeStatus(standing: Standing | null, at: number): BackendStatus {
  const server = `ns${at + 1}`
  const isUp = standing === 'healthy' || standing === 'drained'
  const verdict = isUp ? 'healthy' : standing === 'degraded' ? 'degraded' : 'failed'
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
    verdict,
    standing: standing ?? 'failed',
    weight: standing === null ? null : ({ healthy: 100, degraded: 1 }[standing as string] ?? 0),
    configured_weight: 100,
    since: '2026-11-21T03:12:45.310Z',
    reasons: isUp ? [] : [TIMEOUT.replace('.12 ', `.1${at + 1} `)],
    causes: [],
    override: standing === 'drained' ? (drained as BackendStatus['override']) : null,
    targets_ok: isUp ? 2 : 0,
    targets: [],
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
