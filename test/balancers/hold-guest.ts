// Boots a guest, says what it is made of here, and waits to be killed: for the test of that.
import { readlinkSync } from 'node:fs'
import { childrenOf } from '../lab/process.ts'
import { createGuest } from './guest.ts'

const guest = await createGuest()
await guest.run(['true'])
const [holder] = childrenOf(guest.pid)
const namespaces = ['pid', 'net', 'mnt'].map((kind) => readlinkSync(`/proc/${holder}/ns/${kind}`))
process.stdout.write(`${JSON.stringify(namespaces)}\n`)

if (process.argv[2] === 'destroy') {
  await guest.destroy()
} else if (process.argv[2] === 'fail') {
  throw new Error('as a failing test would')
} else {
  await Bun.sleep(600_000)
}
