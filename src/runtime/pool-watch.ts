// Watches a load balancer's pool for news, and leaves it in the spool as keepalived's programs leave theirs.
import { encodeEvent, type SpooledEvent } from '../documents/spooled-event.ts'
import type { CurrentInstance, CurrentPool } from '../notify/current-state.ts'
import { isReporter, type KnownPool, type PoolNews, poolNews } from '../notify/pool-news.ts'
import type { Clock, Log, Spool } from '../ports.ts'
import { newEventId } from './event-stamp.ts'

export interface PoolWatch {
  /** @param isWanted false: what happens is taken note of, and told nobody */
  look(pool: CurrentPool, instances: readonly CurrentInstance[], isWanted: boolean): void
  /** Leaves what still waits in the spool, for the next run to tell; resolves when it is there. */
  stop(): Promise<void>
}

export function createPoolWatch(ports: {
  readonly clock: Clock
  readonly log: Log
  readonly spool: Spool
}): PoolWatch {
  const { clock, log, spool } = ports
  let known: KnownPool = new Map()
  let spooled: Promise<void> = Promise.resolve()
  let sequence = 0

  /** The sequence keeps events of one millisecond in their order. */
  function eventOf({ transition, before, snapshot }: PoolNews): SpooledEvent {
    sequence = (sequence + 1) % 10_000
    const wallMs = clock.wallMs()
    const id = newEventId(wallMs, sequence)
    const { bootId } = clock
    return { ...transition, id, wallMs, bootMs: clock.bootMs(), bootId, snapshot, before }
  }

  async function add(event: SpooledEvent): Promise<void> {
    const added = await spool.add(event.id, encodeEvent(event))
    if (!added.ok) log.line('error', added.error)
  }

  return {
    look(pool, instances, isWanted) {
      const { news, known: next } = poolNews(known, pool)
      known = next
      if (!isWanted) return
      const told = news.filter((poolNews) => {
        const service = pool.services.find(({ name }) => name === poolNews.service)
        return service !== undefined && isReporter(instances, service)
      })
      const added = told.map((poolNews) => add(eventOf(poolNews)))
      spooled = Promise.all([spooled, ...added]).then(() => {})
    },
    stop: () => spooled,
  }
}
