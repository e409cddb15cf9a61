// A resolver that answers everything wrongly, in named's place.
import type { Node } from './namespace.ts'
import { REPOSITORY } from './namespace.ts'

/** Ways in which an answer can be broken or forged. */
export const HOSTILE_MODES = [
  'garbage',
  'short',
  'empty',
  'cut',
  'loop',
  'overrun',
  'oversized',
  'query',
  'wrong-id',
  'wrong-question',
  'servfail',
  'refused',
  'truncated',
  'forged-source',
  'silent',
] as const

export type HostileMode = (typeof HOSTILE_MODES)[number]

export interface Hostile {
  /** Changes how it answers from now on; `each` goes through all of the ways, one a query. */
  setMode(mode: HostileMode | 'each'): Promise<void>
  kill(): Promise<void>
}

/** Takes port 53 on all addresses, which named must have left. */
export async function startHostile(node: Node, mode: HostileMode | 'each'): Promise<Hostile> {
  const program = `${REPOSITORY}/test/lab/hostile-program.ts`
  const child = await node.spawn('hostile', [process.execPath, program, mode])
  await child.log.waitFor(/^hostile$/)
  return {
    async setMode(next) {
      const from = child.log.lines.length
      child.write(`${next}\n`)
      await child.log.waitFor(new RegExp(`^now ${next}$`), { from })
    },
    async kill() {
      child.signal('SIGKILL')
      await child.exited
    },
  }
}
