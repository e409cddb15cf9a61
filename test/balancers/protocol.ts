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
