// Waits for a line on its input, tries to take the lock, says how it went, and holds it until told.
import { acquireLock } from '../../../src/adapters/lock.ts'

const [path = ''] = process.argv.slice(2)
const lines: string[] = []
let wake = () => {}
process.stdin.setEncoding('utf8')
process.stdin.on('data', (chunk: string) => {
  lines.push(...chunk.split('\n').filter(Boolean))
  wake()
})
process.stdin.on('end', () => process.exit(0))

async function nextLine(): Promise<string> {
  for (;;) {
    const line = lines.shift()
    if (line !== undefined) return line
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
}

process.stdout.write('ready\n')
for (;;) {
  await nextLine()
  const lock = acquireLock(path)
  process.stdout.write(`${lock.ok ? 'won' : lock.error}\n`)
  await nextLine()
  if (lock.ok) lock.value.release()
  process.stdout.write('over\n')
}
