// Fills the small disk that it is given and says what became of a write to it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeAtomic } from '../../../src/adapters/atomic-file.ts'

const [folder = ''] = process.argv.slice(2)
const path = join(folder, 'file')
const options = { mode: 0o644, durable: true }
writeAtomic(path, 'old', options)
const result = writeAtomic(path, 'new'.repeat(20_000), options)
const text = readFileSync(path, 'utf8')
process.stdout.write(JSON.stringify({ result, names: readdirSync(folder), text }))
