// However a lab ends, nothing of it is left.
import { ENDINGS, leavesNothing } from './ending.ts'
import { whyNoLab } from './environment.ts'

leavesNothing({
  what: 'labs',
  holder: `${import.meta.dir}/hold-lab.ts`,
  namespaces: 15,
  endings: ENDINGS,
  obstacle: whyNoLab(),
  ceilingMs: 60_000,
})
