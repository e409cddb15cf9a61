// A message for tests of delivery.
import { type ComposedMessage, composeMessage } from '../../../src/notify/compose-message.ts'
import { CURRENT_STATE, MIDNIGHT_MS, madeEvent } from '../../notify/notify-fixtures.ts'

/** Every process that has this file has the same one: made-up events are numbered in each anew. */
const event = madeEvent(1000, 'FAULT', { id: '001795219201000-0000-0123456789ab' })

export const MESSAGE: ComposedMessage = composeMessage(
  [{ event, atMs: 1000, seenMs: 1000, kind: 'fault', repeated: false }],
  {
    current: CURRENT_STATE,
    nowMs: 3000,
    wallMs: MIDNIGHT_MS + 3000,
    reported: [],
    failed: null,
    lost: 0,
    unrecorded: null,
  },
)
