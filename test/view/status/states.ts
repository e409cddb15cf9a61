// Statuses of servers in states that the checks alone do not show: drained, on probation, and all endpoints dead.
import type { StatusDocument } from '../../../src/documents/status-document.ts'
import { WELL } from './documents.ts'

/** Taken out by an operator, and healthy: what is first is that it is out. */
export const DRAINED: StatusDocument = {
  ...WELL,
  state_since: '2026-01-01T11:59:39.000Z',
  override: {
    mode: 'drained',
    by: 'root',
    reason: 'kernel update',
    sinceWallMs: Date.UTC(2026, 0, 1, 11, 59, 39),
    untilWallMs: null,
  },
  instances: WELL.instances.map((one) => ({
    ...one,
    state: 'drained',
    priority: 30,
    holding: false,
  })),
}

export const PROBATION: StatusDocument = {
  ...WELL,
  flap: { ...WELL.flap, repeat_failures: 1, probation_ms: 39_000 },
  instances: WELL.instances.map((one) => ({ ...one, state: 'probation', priority: 55 })),
}

/** named is dead: all endpoints fail in the same way. */
export const DEAD: StatusDocument = {
  ...WELL,
  health: 'failed',
  health_since: '2026-01-01T11:59:57.100Z',
  state_since: '2026-01-01T11:59:57.100Z',
  may_serve: false,
  reasons: WELL.endpoints.map(
    ({ endpoint }) =>
      `${endpoint} 127.in-addr.arpa SOA: conn-refused (no listener on this address and port)`,
  ),
  causes: WELL.endpoints.map(({ endpoint }) => ({
    code: 'endpoint',
    endpoint,
    question: '127.in-addr.arpa SOA',
    outcome: 'conn-refused',
  })),
  endpoints: WELL.endpoints.map((one) => ({ ...one, outcome: 'conn-refused', latency_ms: null })),
  flap: { ...WELL.flap, backoff_ms: 4000, next_cycle_ms: 4000, failures: 1 },
  instances: WELL.instances.map((one) => ({ ...one, state: 'failed', priority: 10 })),
}
