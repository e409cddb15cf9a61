// Runs programs in turn through launch.pl, and reads what each run took.
import { join } from 'node:path'

export interface Run {
  readonly wallMs: number
  /** User and system, of the program and the children that it waited for. */
  readonly cpuMs: number
  readonly peakKb: number
  readonly exitCode: number
}

const LAUNCHER = join(import.meta.dir, 'launch.pl')

/** Runs each command once a round, one after another, so that what disturbs one disturbs all. */
export async function launch(
  rounds: number,
  commands: readonly (readonly string[])[],
): Promise<Run[][]> {
  const words = commands.flatMap((command, index) => (index === 0 ? command : ['--', ...command]))
  const child = Bun.spawn(['perl', LAUNCHER, String(rounds), ...words], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited])
  if (code !== 0) throw new Error(`launch.pl ended with ${code}`)
  const runs: Run[][] = commands.map(() => [])
  for (const line of text.trim().split('\n')) {
    const [index = 0, wallMs = 0, cpuMs = 0, peakKb = 0, exitCode = 0] = line.split(' ').map(Number)
    runs[index]?.push({ wallMs, cpuMs, peakKb, exitCode })
  }
  return runs
}

/** Fails unless every run ended with this code: figures of a program that fails mean nothing. */
export function insist(runs: readonly Run[], exitCode: number, what: string): readonly Run[] {
  const other = runs.find((run) => run.exitCode !== exitCode)
  if (runs.length > 0 && other === undefined) return runs
  throw new Error(`${what} ended with ${other?.exitCode ?? 'nothing'}, not ${exitCode}`)
}
