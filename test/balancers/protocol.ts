// What the test process and the agent in the guest say to each other: one JSON document a line.

export type Request =
  | {
      readonly kind: 'start'
      readonly id: number
      readonly command: readonly string[]
      readonly env: Readonly<Record<string, string>>
    }
  /** Text for the program's standard input; null closes it. */
  | { readonly kind: 'input'; readonly id: number; readonly text: string | null }
  | { readonly kind: 'signal'; readonly id: number; readonly signal: string }

export type Reply =
  /** The agent listens; how long the guest has been up. */
  | { readonly kind: 'ready'; readonly uptimeMs: number }
  | {
      readonly kind: 'output'
      readonly id: number
      readonly stream: 'stdout' | 'stderr'
      readonly text: string
    }
  /** The program ended, and its outputs have been read to their ends. */
  | { readonly kind: 'exit'; readonly id: number; readonly code: number }

/** Calls `take` for each whole line of a stream, and returns at its end. */
export async function eachLine(
  stream: AsyncIterable<Uint8Array>,
  take: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  }
}
