// A message for tests of delivery.
import { composeMessage, type Message } from '../../../src/notify/compose-message.ts'
import { MIDNIGHT_MS, madeEvent, TRUTH } from '../../notify/made-up.ts'

/** Every process that has this file has the same one: made-up events are numbered in each anew. */
const event = madeEvent(1000, 'FAULT', { id: '001795219201000-0000-0123456789ab' })

export const MESSAGE: Message = composeMessage(
  [{ event, atMs: 1000, seenMs: 1000, kind: 'fault', repeated: false }],
  {
    current: TRUTH,
    nowMs: 3000,
    wallMs: MIDNIGHT_MS + 3000,
    told: [],
    trouble: null,
    lost: 0,
    unrecorded: null,
  },
)
