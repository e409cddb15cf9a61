// The last lines of the history, kept in memory for the status: no disk is read for them.

import { parseHistory } from '../documents/lives.ts'
import type { StatusEvent } from '../documents/status-document.ts'
import { isoTime } from '../documents/text.ts'
import type { History } from '../ports.ts'
import { eventText } from '../view/history/history-text.ts'
import { timelineOf } from '../view/history/occurrences.ts'

export interface RecentEvents {
  /** The same history, whose lines are kept here besides. */
  beside(history: History): History
  /** The newest last. */
  read(): readonly StatusEvent[]
}

/** What a page and a watched terminal have room for. */
const MAX_EVENTS = 10
/** Lines from which these are made: an address table or an order is compared with the one before. */
const MAX_LINES = 100

/** Lines about single queries, and beats, are no events, and by far the most. */
const NO_EVENT = /^(\[|\{"kind":"(beat|items)")/

export function createRecentEvents(): RecentEvents {
  let start = ''
  let lines: string[] = []
  let events: readonly StatusEvent[] | null = []

  function keep(texts: readonly string[]): void {
    for (const text of texts) {
      if (NO_EVENT.test(text)) continue
      if (start === '') start = text
      else lines.push(text)
      events = null
    }
    lines = lines.slice(-MAX_LINES)
  }

  return {
    beside: (history) => ({
      append(texts, head) {
        keep(texts)
        history.append(texts, head)
      },
      flush: () => history.flush(),
      close: () => history.close(),
    }),
    read() {
      events ??= eventsOf([start, ...lines].join('\n'))
      return events
    },
  }
}

function eventsOf(text: string): readonly StatusEvent[] {
  // This daemon lives, however long ago it recorded something.
  const timeline = timelineOf(parseHistory(text).lives, Number.NEGATIVE_INFINITY)
  return timeline
    .slice(-MAX_EVENTS)
    .map((occurrence) => ({ at: isoTime(occurrence.wallMs), text: eventText(occurrence) }))
}
