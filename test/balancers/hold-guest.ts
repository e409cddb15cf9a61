// Boots a guest and ends in a certain way: for the test that nothing of it is left.
import { holdAndEnd } from '../lab/hold.ts'
import { childrenOf } from '../lab/process.ts'
import { startGuest } from './guest.ts'

const up = Promise.withResolvers<void>()
const endless = ['tail', '--follow', '/etc/debian_version']
const guest = await startGuest(endless, () => up.resolve())
await up.promise

await holdAndEnd({ pids: childrenOf(guest.pid).slice(0, 1), destroy: () => guest.destroy() })
