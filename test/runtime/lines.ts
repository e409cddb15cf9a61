// What a program prints, line by line, and a way to wait for a line.
import type { Readable } from 'node:stream'

export interface Lines {
  readonly all: readonly string[]
  /** The first line that matches, from line number `from` on. Fails when the program has ended. */
  until(pattern: RegExp, from?: number): Promise<string>
  /** Stops reading, as a reader does that has died. */
  stopReading(): void
}

/** No wait in these tests takes a tenth of this on an idle machine. */
const CEILING_MS = 20_000

export function createLines(name: string, streams: readonly Readable[]): Lines {
  const all: string[] = []
  const waiting = new Set<() => void>()
  let open = streams.length
  const tell = () => {
    for (const look of [...waiting]) look()
  }
  for (const stream of streams) {
    follow(stream, (line) => {
      all.push(line)
      tell()
    })
    stream.once('close', () => {
      open -= 1
      tell()
    })
  }
  return {
    all,
    until: (pattern, from = 0) =>
      new Promise((resolve, reject) => {
        const settle = (finish: () => void) => {
          waiting.delete(look)
          clearTimeout(timer)
          finish()
        }
        const fail = (why: string) =>
          settle(() => reject(new Error(`${name}: ${why}: no line ${pattern}\n${all.join('\n')}`)))
        const look = () => {
          const found = all.slice(from).find((line) => pattern.test(line))
          if (found !== undefined) settle(() => resolve(found))
          else if (open === 0) fail('it ended')
        }
        const timer = setTimeout(() => fail(`in ${CEILING_MS} ms`), CEILING_MS)
        waiting.add(look)
        look()
      }),
    stopReading() {
      for (const stream of streams) stream.destroy()
    },
  }
}

function follow(stream: Readable, onLine: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('error', () => {})
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
  stream.once('end', () => {
    if (rest !== '') onLine(rest)
  })
}

/** Waits until something holds that nobody announces. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  what: () => string,
): Promise<void> {
  const endMs = performance.now() + CEILING_MS
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`never happened: ${what()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
