// Boots machines, says which namespaces they are made of, and waits to be killed: for the test of that.
import { readlinkSync } from 'node:fs'
import { createMachines } from './machines.ts'

const machines = await createMachines({ names: ['s1', 's2'], layer: 'base' })

const pids = [machines.fleet.pid, ...machines.all.map((machine) => machine.pid)]
const namespaces = pids.flatMap((pid) =>
  ['pid', 'net', 'mnt'].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`)),
)
process.stdout.write(`${JSON.stringify({ namespaces, cgroup: machines.fleet.cgroup })}\n`)

if (process.argv[2] === 'destroy') {
  await machines.destroy()
} else if (process.argv[2] === 'fail') {
  throw new Error('as a failing test would')
} else {
  await Bun.sleep(600_000)
}
