// Replies that are on their way to one checker, the next one first.
import type { ResultEvent } from '../core/event.ts'

export interface Pending {
  /** The time of the next reply; infinite when there is none. */
  nextMs: number
  /** A reply that comes at its `nowMs`. */
  add(reply: ResultEvent): void
  take(): ResultEvent
  clear(): void
}

/** A sorted list: few replies are ever on their way, and most come in the order they were asked. */
export function createPending(): Pending {
  /** The next one last, so that taking it moves nothing. */
  const replies: ResultEvent[] = []

  const pending: Pending = {
    nextMs: Number.POSITIVE_INFINITY,
    add(reply) {
      replies.push(reply)
      let index = replies.length - 1
      if (index > 0) {
        for (; index > 0; index--) {
          const before = replies[index - 1] as ResultEvent
          if (before.nowMs > reply.nowMs) break
          replies[index] = before
        }
        replies[index] = reply
      }
      pending.nextMs = (replies[replies.length - 1] as ResultEvent).nowMs
    },
    take() {
      const reply = replies.pop()
      if (reply === undefined) throw new Error('no reply is on its way')
      pending.nextMs = replies[replies.length - 1]?.nowMs ?? Number.POSITIVE_INFINITY
      return reply
    },
    clear() {
      replies.length = 0
      pending.nextMs = Number.POSITIVE_INFINITY
    },
  }
  return pending
}
