// Which answers say something about what lies upstream: a cache goes on answering when nobody can be reached any more.
import { isNewEachTime } from './check.ts'
import type { CheckRun, CheckState, Freshness } from './state.ts'

/** TTLs are whole seconds, and it takes a moment until an answer is here. */
const SLACK_MS = 2000
/** So many answers are remembered. With more, TTLs drawn at random would meet a remembered end too often. */
const MAX_SEEN = 8

const NEVER = Number.NEGATIVE_INFINITY

export function nothingFresh(): Freshness {
  return { seen: [], fetchedMs: NEVER, askedMs: NEVER, failedMs: null }
}

/**
 * Takes in what became of one question. A kept answer counts down to the end that an earlier one
 * had. So an answer is fetched anew if no earlier one ends when it does, or if one had the same TTL. A
 * name that nobody has asked before was fetched for this very question then; any other one since the
 * question before, by whoever asked.
 */
export function noteFreshness({ check, askedMs, outcome, ttlS }: CheckRun, nowMs: number): void {
  const { freshness } = check
  if (freshness === null) return
  if (outcome === 'ok') {
    freshness.failedMs = null
    if (noteTtl(freshness, ttlS, nowMs)) {
      const isKept = ttlS !== null && !isNewEachTime(check.source)
      freshness.fetchedMs = isKept ? freshness.askedMs : askedMs
    }
  } else if (outcome !== 'address-gone' && outcome !== 'local-error') freshness.failedMs ??= askedMs
  freshness.askedMs = askedMs
}

/** Whether the answer was fetched anew, as one that cannot be kept always is. */
function noteTtl(freshness: Freshness, ttlS: number | null, nowMs: number): boolean {
  if (ttlS === null) return true
  const seen = freshness.seen.filter((old) => endMsOf(old) + SLACK_MS > nowMs)
  const answer = { ttlS, atMs: nowMs }
  const isOther = seen.every((old) => Math.abs(endMsOf(old) - endMsOf(answer)) > SLACK_MS)
  const stands = seen.some((old) => old.ttlS === ttlS && nowMs > old.atMs + SLACK_MS)
  const isFetched = isOther || stands
  freshness.seen = isFetched ? [...seen, answer].slice(-MAX_SEEN) : seen
  return isFetched
}

function endMsOf({ ttlS, atMs }: Freshness['seen'][number]): number {
  return atMs + ttlS * 1000
}

/**
 * Takes the credit from answers that the cache alone has given. To a name that is new each time it
 * can only do so by what it knows of its neighbours (RFC 8198), and that proves nothing. For any other
 * name that is what a cache is for; but once another probe of the group has failed twice in a row, only
 * what was fetched since then counts. Once may be a lost query.
 */
export function takeCredit(checks: readonly CheckState[]): void {
  let failedMs = NEVER
  for (const { freshness } of checks) {
    const firstMs = freshness?.failedMs ?? null
    if (firstMs !== null && firstMs < (freshness?.askedMs ?? NEVER))
      failedMs = Math.max(failedMs, firstMs)
  }
  for (const check of checks) {
    const { freshness, outcome, source } = check
    if (outcome !== 'ok' || freshness === null) continue
    const sinceMs = isNewEachTime(source) ? freshness.askedMs : failedMs
    if (freshness.fetchedMs + SLACK_MS >= sinceMs) continue
    check.outcome = 'cached'
    check.detail = undefined
  }
}
