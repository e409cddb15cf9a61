// Watches a load balancer's pool for news, and leaves it in the spool as keepalived's programs leave theirs.
import { encodeEvent, type SpooledEvent } from '../notify/event.ts'
import type { TruePool } from '../notify/pool.ts'
import { isTeller, type KnownPool, type PoolNews, poolNews } from '../notify/pool-news.ts'
import type { TrueInstance } from '../notify/truth.ts'
import type { Clock, Log, Spool } from '../ports.ts'
import { guarded } from './guarded.ts'
import { newEventId } from './new-event-id.ts'

export interface PoolWatch {
  /** @param isWanted false: what happens is taken note of, and told nobody */
  look(pool: TruePool, instances: readonly TrueInstance[], isWanted: boolean): void
  /** Leaves what still waits in the spool, for the next run to tell. */
  stop(): void
}

export function createPoolWatch(ports: {
  readonly clock: Clock
  readonly log: Log
  readonly spool: Spool
}): PoolWatch {
  const { clock, log, spool } = ports
  let known: KnownPool = new Map()
  let waiting: SpooledEvent[] = []
  let cancel: (() => void) | null = null
  let sequence = 0

  /** The sequence keeps events of one millisecond in their order. */
  function eventOf({ transition, before, sight }: PoolNews): SpooledEvent {
    sequence = (sequence + 1) % 10_000
    const wallMs = clock.wallMs()
    const id = newEventId(wallMs, sequence)
    const { bootId } = clock
    return { ...transition, id, wallMs, bootMs: clock.bootMs(), bootId, sight, before }
  }

  /** One at a time: each waits for the disk, and the real servers are asked all the while. */
  function spoolNext(): void {
    cancel = null
    const event = waiting.shift()
    if (event === undefined) return
    arm()
    const added = spool.add(event.id, encodeEvent(event))
    if (!added.ok) log.line('error', added.error)
  }

  function arm(): void {
    if (cancel === null && waiting.length > 0)
      cancel = clock.wakeAt(clock.nowMs(), guarded(log, spoolNext))
  }

  return {
    look(pool, instances, isWanted) {
      const { news, known: next } = poolNews(known, pool)
      known = next
      if (!isWanted) return
      const told = news.filter((it) => {
        const service = pool.services.find(({ name }) => name === it.service)
        return service !== undefined && isTeller(instances, service)
      })
      waiting = [...waiting, ...told.map(eventOf)]
      arm()
    },
    stop() {
      cancel?.()
      while (waiting.length > 0) spoolNext()
      cancel?.()
    },
  }
}
