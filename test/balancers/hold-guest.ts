// Boots a guest and ends in a certain way: for the test that nothing of it is left.
import { holdAndEnd } from '../lab/hold.ts'
import { childrenOf } from '../lab/process.ts'
import { createGuest } from './guest.ts'

const guest = await createGuest()
await guest.run(['true'])

await holdAndEnd({ pids: childrenOf(guest.pid).slice(0, 1), destroy: () => guest.destroy() })
