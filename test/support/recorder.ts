// Runs a command inside of the test and keeps what it said.
import type { Io } from '../../src/cli/command.ts'
import { dispatch } from '../../src/commands/command-table.ts'

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** What `holdfast ARGV…` exits with and prints. */
export async function holdfast(...argv: string[]): Promise<Said> {
  const out: string[] = []
  const err: string[] = []
  const io: Io = { out: (text) => out.push(text), err: (text) => err.push(text) }
  const code = await dispatch(argv, io)
  return { code, out: out.join('\n'), err: err.join('\n') }
}
