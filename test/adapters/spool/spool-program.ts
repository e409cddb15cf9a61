// Spools events, each named in an argument, and says as JSON how that went; for a full disk of its own.
import { spoolEvent } from '../../../src/adapters/spool.ts'

const [stateDir = '', ...ids] = process.argv.slice(2)
const results = ids.map((id) => spoolEvent(stateDir, id, `{"id":"${id}"}\n`))
console.log(JSON.stringify(results))
