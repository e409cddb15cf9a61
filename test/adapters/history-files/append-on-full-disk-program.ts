// Keeps a history on the small disk that it is given, full at first, and says as JSON what became of it.
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHistory } from '../../../src/adapters/history-files.ts'

const [folder = ''] = process.argv.slice(2)
const path = join(folder, 'history.jsonl')
const ballast = join(folder, 'ballast')
const logged: string[] = []
const log = { line: (level: string, text: string) => void logged.push(`${level}: ${text}`) }

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2))
}

try {
  writeFileSync(ballast, new Uint8Array(1 << 20))
} catch {
  // It is full now.
}
const history = createHistory({ path, log, flushAfterMs: 1, retryAfterMs: 5 })
history.append(['lost 1', 'lost 2'], () => ['head'])
await until(() => logged.length > 0)
history.append(['lost 3'], null)
unlinkSync(ballast)
await until(() => {
  history.append(['good'], () => ['head'])
  return logged.length > 1
})
history.close()
const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
process.stdout.write(JSON.stringify({ logged, lines }))
