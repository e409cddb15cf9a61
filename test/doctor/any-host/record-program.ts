// Runs every check on this host and prints, as JSON, all that the host answered.
import { createHost } from '../../../src/commands/doctor/doctor-command.ts'
import { CHECKS } from '../../../src/doctor/checks.ts'
import { startChecks } from '../../../src/doctor/runner.ts'
import { recorded } from './recording.ts'

const host = createHost('/etc/holdfast/holdfast.toml')
const { inspect, recording } = recorded(host.inspect)
await startChecks(CHECKS, { ...host, inspect }).results
process.stdout.write(JSON.stringify(recording))
