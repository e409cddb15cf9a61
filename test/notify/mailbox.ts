// Made-up items and what goes around them in a message, for tests of its text.
import { composeMessage } from '../../src/notify/compose-message.ts'
import type { Item } from '../../src/notify/outbox.ts'
import type { Context } from '../../src/notify/transition-group.ts'
import { CURRENT_STATE, MIDNIGHT_MS } from './notify-fixtures.ts'

export const LETTER = { from: 'holdfast@ns2.example.net', to: ['a@example.net', 'b@example.net'] }
export const CONTEXT: Context = {
  current: CURRENT_STATE,
  nowMs: 5000,
  wallMs: MIDNIGHT_MS + 5000,
  reported: [],
  failed: null,
  lost: 0,
  unrecorded: null,
}

export function item(event: Item['event'], kind: Item['kind'], repeated = false): Item {
  return { event, kind, repeated, atMs: event.wallMs - MIDNIGHT_MS, seenMs: 0 }
}

export function bodyOf(
  event: Item['event'],
  kind: Item['kind'],
  context: Partial<Context> = {},
): string {
  return composeMessage([item(event, kind)], { ...CONTEXT, ...context }).body
}

/** Every line of the headers, unfolded. */
export function headersOf(mail: string): string[] {
  const [head = ''] = mail.split('\n\n', 1)
  return head.replace(/\n /g, ' ').split('\n')
}
