// Raises a lab and ends in a certain way: for the test that nothing of it is left.
import { holdAndEnd } from './hold.ts'
import { createLab } from './lab.ts'

const lab = await createLab({ holdfast: 'stand-in' })
await lab.start()
const client = await lab.client.start({ ratePerS: 50 })

await holdAndEnd({
  pids: [lab.client.node, lab.upstream.node, ...lab.servers.map(({ node }) => node)].map(
    ({ pid }) => pid,
  ),
  async destroy() {
    await client.stop()
    await lab.destroy()
  },
})
