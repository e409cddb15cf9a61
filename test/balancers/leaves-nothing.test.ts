// However a test with a guest ends, no process of its and nothing else of it is left.
import { leavesNothing } from '../lab/ending.ts'
import { whyNoGuest } from './environment.ts'

leavesNothing({
  what: 'guests',
  holder: `${import.meta.dir}/hold-guest.ts`,
  namespaces: 3,
  endings: ['destroy', 'fail', 'SIGTERM', 'SIGKILL'],
  obstacle: whyNoGuest(),
  ceilingMs: 300_000,
})
