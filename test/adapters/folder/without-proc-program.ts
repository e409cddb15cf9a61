// Loses /proc after its start, in mounts of its own, and says as JSON what a read and a write come to.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { readBounded, writeAtomic } from '../../../src/adapters/atomic-file.ts'

const [folder = ''] = process.argv.slice(2)
spawnSync('mount', ['-t', 'tmpfs', 'none', '/proc'])
const read = readBounded(join(folder, 'none'), 9)
const written = writeAtomic(join(folder, 'file'), 'x', { mode: 0o600, durable: false })
process.stdout.write(JSON.stringify([read, written]))
