// Logs to its standard error: two lines, or (with `many`) lines until after its input has ended.
import { createLog } from '../../../src/adapters/log.ts'

const log = createLog({
  stream: process.stderr,
  env: process.env,
  isTTY: process.stderr.isTTY,
  level: 'debug',
  clock: { wallMs: () => Date.now() },
})
log.line('info', 'first')
log.line('debug', 'second')

if (process.argv[2] === 'many') {
  await new Promise((resolve) => process.stdin.on('end', resolve).resume())
  for (let i = 0; i < 200; i += 1) {
    log.line('info', `line ${i}`)
    if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  process.stdout.write('survived\n')
}
