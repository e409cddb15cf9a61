// A history as JSON, for programs: the same occurrences with times of both kinds.
import { isoTime } from '../../documents/text.ts'
import type { Occurrence } from './timeline.ts'
import { firstSince, heldBefore } from './view.ts'

const HISTORY_DOCUMENT_FORMAT = 1

/** What `holdfast history --json` prints. */
export function historyDocument(
  story: readonly Occurrence[],
  { server, sinceMs, skipped }: { server: string | null; sinceMs: number | null; skipped: number },
): object {
  const first = sinceMs === null ? 0 : firstSince(story, sinceMs)
  const before = heldBefore(story.slice(0, first))
  return {
    format: HISTORY_DOCUMENT_FORMAT,
    server,
    since: sinceMs === null ? null : isoTime(sinceMs),
    /** What held when it begins. */
    before: before === null ? null : entryOf(before),
    entries: story.slice(first).map(entryOf),
    /** Lines of the record that could not be read. */
    skipped,
  }
}

/** Names in the manner of the other documents: `lasted_ms`, not `lastedMs`. */
function entryOf({ wallMs, ...rest }: Occurrence): object {
  const fields = Object.entries(rest).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ])
  const roundMs = Math.round(wallMs)
  return { at: isoTime(roundMs), wall_ms: roundMs, ...Object.fromEntries(fields) }
}
