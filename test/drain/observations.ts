// Made-up observations for the tests of drain and undrain.
import type { Override } from '../../src/core/override.ts'
import type { PublishedPriority } from '../../src/core/priority.ts'
import type { Health, ServerState } from '../../src/core/server-state.ts'
import type { StatusDocument } from '../../src/documents/status-document.ts'
import type { Observation } from '../../src/drain/observation.ts'
import type { VirtualRouter } from '../../src/keepalived/election.ts'

export interface Sketch {
  /** What the daemon publishes for the one instance; null when there is no daemon. */
  readonly priority: PublishedPriority | null
  /** null where keepalived may not be asked. */
  readonly routers: readonly VirtualRouter[] | null
  readonly here: readonly string[]
  readonly override?: Override | null
  readonly health?: Health
  readonly passes?: number
  readonly state?: ServerState
  /** What is left of the failback delay. */
  readonly owedMs?: number
  /** The drain that the daemon knows, where that is another than the one on disk. */
  readonly known?: Override | null
}

export function router(
  state: VirtualRouter['state'],
  masterPriority: number,
  hears = true,
): VirtualRouter {
  return { name: 'one', state, masterPriority, hears }
}

export const HOLDING = { routers: [router('master', 30, false)], here: ['one'] }

export function observationAt(nowMs: number, sketch: Sketch): Observation {
  const { priority, routers, here, override = null, health = 'healthy', passes = 9 } = sketch
  const { state = 'healthy', owedMs = 0, known = override } = sketch
  const status = {
    health,
    reasons: [],
    override: known,
    flap: { passes, probation_ms: owedMs },
    instances: [{ name: 'one', priority, state }],
  } as unknown as StatusDocument
  return {
    nowMs,
    override,
    status: priority === null ? null : status,
    here: new Set(here),
    election:
      routers === null
        ? { kind: 'unseen', why: 'only root may ask keepalived' }
        : { kind: 'seen', routers: new Map([['one', routers]]) },
  }
}
