// The lines that a program printed, kept in memory with their times, and a way to await one.

export interface Line {
  /** Wall-clock time at which the line was read, in milliseconds. */
  readonly atMs: number
  readonly text: string
}

export interface Transcript {
  readonly name: string
  readonly lines: readonly Line[]
  /** Reads the program's outputs to their ends. */
  follow(streams: readonly ReadableStream<Uint8Array>[]): void
  /** Adds a line of the lab's own, such as that the program was frozen. */
  note(text: string): void
  /** Calls `listener` for each line from now on; returns the way to end that. */
  onLine(listener: (line: Line) => void): () => void
  /**
   * The first line that matches, counted from line number `from`; with `times` the last of so many.
   *
   * Fails with the last lines when none has come within `ceilingMs`, or when the program has ended.
   */
  waitFor(
    pattern: RegExp,
    options?: { from?: number; times?: number; ceilingMs?: number },
  ): Promise<Line>
  tail(count: number): string
}

/** Enough for any scenario; a program that prints more loses its oldest lines. */
const KEPT_LINES = 20_000

export function createTranscript(name: string): Transcript {
  const lines: Line[] = []
  const listeners = new Set<(line: Line) => void>()
  let ended: Promise<unknown> = Promise.resolve()

  function add(text: string): void {
    const line = { atMs: Date.now(), text }
    lines.push(line)
    if (lines.length > KEPT_LINES) lines.splice(0, KEPT_LINES / 2)
    for (const listener of [...listeners]) listener(line)
  }

  async function read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of stream) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = parts.pop() ?? ''
      for (const part of parts) add(part)
    }
    if (rest !== '') add(rest)
  }

  const transcript: Transcript = {
    name,
    lines,
    follow(streams) {
      const reads = streams.map((stream) =>
        read(stream).catch((error) => add(`(unreadable: ${error})`)),
      )
      ended = Promise.all(reads)
    },
    note: (text) => add(`*** ${text}`),
    onLine(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    waitFor(pattern, { from = 0, times = 1, ceilingMs = 30_000 } = {}) {
      const found = lines.slice(from).filter((line) => pattern.test(line.text))
      let missing = times - found.length
      if (missing <= 0) return Promise.resolve(found[times - 1] as Line)
      return new Promise((resolve, reject) => {
        const fail = (why: string) => {
          clearTimeout(timer)
          stop()
          reject(new Error(`${name}: no line ${pattern}: ${why}\n${transcript.tail(30)}`))
        }
        const timer = setTimeout(() => fail(`none in ${ceilingMs} ms`), ceilingMs)
        ended.then(() => fail('it ended'))
        const stop = transcript.onLine((line) => {
          if (!pattern.test(line.text) || --missing > 0) return
          clearTimeout(timer)
          stop()
          resolve(line)
        })
      })
    },
    tail(count) {
      return lines
        .slice(-Math.min(count, lines.length))
        .map((line) => `${new Date(line.atMs).toISOString().slice(11, 23)} ${name}: ${line.text}`)
        .join('\n')
    },
  }
  return transcript
}
