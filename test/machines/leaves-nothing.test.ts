// However a test with machines ends, nothing of them is left, control groups included.
import { ENDINGS, leavesNothing } from '../lab/ending.ts'
import { whyNoMachines } from './environment.ts'

leavesNothing({
  what: 'machines',
  holder: `${import.meta.dir}/hold-machines.ts`,
  namespaces: 9,
  endings: ENDINGS,
  obstacle: whyNoMachines(),
  ceilingMs: 300_000,
})
