// Runs a part in namespaces of its own: whatever it starts or configures ends with it.
import { join } from 'node:path'
import type { BenchContext, Figure } from './figure.ts'

/** The hidden flag of main.ts with which a part runs itself inside. */
export const INSIDE = '--inside'

/**
 * The part's process is the first of a process-id namespace, so that the kernel ends everything
 * with it; and it ends with its parent, whatever ends that.
 */
const UNSHARE = [
  ...['setpriv', '--pdeathsig', 'KILL', '--', 'unshare', '--mount', '--net', '--pid', '--fork'],
  ...['--kill-child', '--mount-proc', '--propagation', 'private', '--'],
]

export type PartContext = Omit<BenchContext, 'say'>

/** Why no namespaces can be made here, or null when they can. */
export function whyNotIsolated(): string | null {
  if (process.getuid?.() !== 0) return 'it needs root, for network namespaces'
  const trial = Bun.spawnSync([...UNSHARE, 'true'])
  return trial.exitCode === 0
    ? null
    : `no namespaces can be made: ${trial.stderr.toString().trim()}`
}

export async function runIsolated(name: string, context: PartContext): Promise<Figure[]> {
  const program = [process.execPath, join(import.meta.dir, 'main.ts')]
  const child = Bun.spawn([...UNSHARE, ...program, INSIDE, name, JSON.stringify(context)], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited])
  if (code !== 0) throw new Error(`it ended with ${code}`)
  return JSON.parse(text) as Figure[]
}
