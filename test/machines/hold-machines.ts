// Boots machines and ends in a certain way: for the test that nothing of them is left.
import { holdAndEnd } from '../lab/hold.ts'
import { createMachines } from './machines.ts'

const { fleet, all, destroy } = await createMachines({ names: ['s1', 's2'], layer: 'base' })

await holdAndEnd({
  pids: [fleet.pid, ...all.map((machine) => machine.pid)],
  folders: [fleet.cgroup, ...(fleet.cpuGroup === null ? [] : [fleet.cpuGroup])],
  destroy,
})
