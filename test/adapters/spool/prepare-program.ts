// Makes the reserves of a spool as the daemon does, or, told "journal", writes a journal.
import { createSpool } from '../../../src/adapters/spool/store.ts'

const [stateDir = '', what] = process.argv.slice(2)
const spool = createSpool({ stateDir, log: { line: console.error } })
if (what === 'journal') console.log(JSON.stringify(spool.writeJournal('{"later":true}\n')))
else {
  spool.writeJournal('{}\n')
  // Each watch makes one more of the reserves.
  for (let round = 0; round < 16; round += 1) spool.watch(() => {})()
}
process.exit()
