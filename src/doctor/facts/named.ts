// named on this host: its program, its processes, and the configuration that it was started with.
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

export type NamedProgram =
  | { readonly kind: 'installed'; readonly version: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unknown'; readonly why: string }

export const namedFact = fact(async (host): Promise<NamedFact> => {
  const [program, processes] = await Promise.all([findProgram(host), processesFact(host)])
  const own = processes.filter((it) => isNamed(it) && isInThisNetwork(host, it))
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

/**
 * A dead process that nobody has waited for yet does not run, and one that was asked for its
 * version (by this very doctor) serves nobody.
 */
function isNamed({ comm, state, args }: Process): boolean {
  return comm === 'named' && state !== 'Z' && state !== 'X' && !/^-[vV]$/.test(args[1] ?? '')
}

/** A container's named is seen here as well. Where the kernel does not tell, it counts as ours. */
function isInThisNetwork({ inspect }: Host, { pid }: Process): boolean {
  const ours = inspect.link('/proc/self/ns/net')
  const theirs = inspect.link(`/proc/${pid}/ns/net`)
  return !ours.ok || !theirs.ok || ours.value === theirs.value
}

/** Options as getopt reads them: "-c FILE" or "-cFILE"; the last one counts. */
export function optionValue(args: readonly string[], letter: string): string | null {
  const at = args.findLastIndex((arg) => arg.startsWith(`-${letter}`))
  const arg = args[at]
  if (arg === undefined) return null
  return arg.length > 2 ? arg.slice(2) : (args[at + 1] ?? null)
}
