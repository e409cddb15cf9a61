// Watches one file by the kernel's events alone and prints its path whenever it changes.
import { watchFiles } from '../../../src/adapters/watch-files.ts'

const [path = ''] = process.argv.slice(2)
watchFiles([path], (changed) => process.stdout.write(`${changed.join(' ')}\n`), {
  settleMs: 5,
  pollMs: 3_600_000,
})
process.stdout.write('watching\n')
