// named on this host: its program, its processes, and the configuration that it was started with.
import { isAlive } from '../../host/process-table.ts'
import { fact, type Host } from '../host.ts'
import { type Process, processesFact } from './processes.ts'

export interface NamedFact {
  readonly program: NamedProgram
  /** Those that run, in this network namespace as far as that can be seen. */
  readonly processes: readonly Process[]
  /** The file that the process was told to read, or the usual one. */
  readonly confFile: string
  /** The folder that it was told to make its root; its files are below that. */
  readonly chroot: string | null
}

type NamedProgram =
  | { readonly kind: 'installed'; readonly version: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unknown'; readonly why: string }

export const namedFact = fact(async (host): Promise<NamedFact> => {
  const [program, processes] = await Promise.all([findProgram(host), processesFact(host)])
  const own = processes.filter((process) => isNamed(host, process))
  const args = own[0]?.args ?? []
  return {
    program,
    processes: own,
    confFile: optionValue(args, 'c') ?? host.paths.namedConf,
    chroot: optionValue(args, 't'),
  }
})

async function findProgram(host: Host): Promise<NamedProgram> {
  const run = await host.inspect.run('named', ['-v'])
  if (run.ok) return { kind: 'installed', version: run.value.stdout.trim().split('\n')[0] ?? '' }
  return run.why === 'missing' ? { kind: 'missing' } : { kind: 'unknown', why: run.error }
}

/** Options with which named says something and ends: its version, its defaults, what options there are. */
const IN_PASSING = /^-[vVCh?]/

/** By its program where root may see that: one that is asked for a word alone serves nobody. */
function isNamed({ inspect }: Host, process: Process): boolean {
  const { pid, comm, args } = process
  if (comm !== 'named' || !isAlive(process) || args.some((arg) => IN_PASSING.test(arg)))
    return false
  const exe = inspect.link(`/proc/${pid}/exe`)
  return !exe.ok || /\/named( \(deleted\))?$/.test(exe.value)
}

/** Options as getopt reads them: "-c FILE" or "-cFILE"; the last one counts. */
export function optionValue(args: readonly string[], letter: string): string | null {
  const at = args.findLastIndex((arg) => arg.startsWith(`-${letter}`))
  const arg = args[at]
  if (arg === undefined) return null
  return arg.length > 2 ? arg.slice(2) : (args[at + 1] ?? null)
}
