// Follows the addresses of its network namespace and prints the table, changes and log as JSON lines.
import { createAddressSource } from '../../../src/adapters/address-table.ts'
import { createClock } from '../../../src/adapters/clock.ts'

const print = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`)
const [searchPath, resyncMs] = process.argv.slice(2)
const source = createAddressSource({
  clock: createClock(),
  log: { line: (level, text) => print({ level, text }) },
  resyncMs: Number(resyncMs),
  ...(searchPath === undefined || searchPath === '' ? {} : { searchPath: searchPath.split(':') }),
})
print({ table: source.start((change) => print({ change })) })
process.once('SIGTERM', () => {
  source.stop()
  print({ stopped: true })
})
