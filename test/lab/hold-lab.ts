// Raises a lab, says which namespaces it is made of, and waits to be killed: for the test of that.
import { readlinkSync } from 'node:fs'
import { createLab } from './lab.ts'

const lab = await createLab({ holdfast: 'stand-in' })
await lab.start()
const client = await lab.client.start({ ratePerS: 50 })

const nodes = [lab.client.node, lab.upstream.node, ...lab.servers.map((server) => server.node)]
const namespaces = nodes.flatMap((node) =>
  ['pid', 'net', 'mnt'].map((kind) => readlinkSync(`/proc/${node.pid}/ns/${kind}`)),
)
process.stdout.write(`${JSON.stringify(namespaces)}\n`)

if (process.argv[2] === 'destroy') {
  await client.stop()
  await lab.destroy()
} else if (process.argv[2] === 'fail') {
  throw new Error('as a failing test would')
} else {
  await Bun.sleep(600_000)
}
