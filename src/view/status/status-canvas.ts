// The canvas of the status view, its times, and guards for what a document holds.

import type { StatusDocument } from '../../documents/status-document.ts'
import { shortDuration } from '../../documents/text.ts'
import type { Canvas } from '../screen.ts'

export interface StatusCanvas extends Canvas {
  /**
   * How long ago the document was written, in milliseconds. All ages and waits in the view are
   * reckoned from the document's own times and this, so that a clock step does not matter.
   */
  readonly sinceWrittenMs: number
  /** Why the document is stale, or null while it is fresh. */
  readonly stale: string | null
}

/** How long ago a time in the document was. */
export function sinceText(
  { written_at }: StatusDocument,
  iso: string,
  { sinceWrittenMs }: Pick<StatusCanvas, 'sinceWrittenMs'>,
): string {
  const ageMs = sinceWrittenMs + Date.parse(written_at) - Date.parse(iso)
  return Number.isFinite(ageMs) ? shortDuration(Math.max(0, ageMs)) : 'an unknown time'
}

/** A number of the document's, which is taken for nothing else. */
export function number(value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`${String(value)} is no number`)
  return value
}

/** A text of the document's, which is taken for nothing else. */
export function words(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${String(value)} is no text`)
  return value
}
