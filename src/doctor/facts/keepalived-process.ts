// The keepalived that runs on this host: its processes, or why there is none.
import { fact, type Host } from '../host.ts'
import { type Process, processesFact } from './processes.ts'

export type KeepalivedReading =
  | {
      readonly kind: 'running'
      readonly parent: Process
      /** The process that speaks VRRP, or null while there is none. */
      readonly vrrp: Process | null
      /** The process that looks after IPVS, or null where none does. */
      readonly checker: Process | null
      /** What `--config-id` says, or null where keepalived goes by the host's name. */
      readonly configId: string | null
      /** What `--use-file` says, or null for the usual file. */
      readonly file: string | null
    }
  | { readonly kind: 'absent' }

const PID_FILE = '/run/keepalived.pid'
const VRRP_PID_FILE = '/run/vrrp.pid'
const CHECKER_PID_FILE = '/run/checkers.pid'
const NAME = 'keepalived'

/** Its pid file tells it from the keepaliveds of containers; without one, the first parent is it. */
export const keepalivedFact = fact(async (host): Promise<KeepalivedReading> => {
  const all = (await processesFact(host)).filter((it) => it.comm === NAME && it.state !== 'Z')
  const pids = new Set(all.map((it) => it.pid))
  const parents = all.filter((it) => !pids.has(it.ppid))
  const parent = parents.find((it) => it.pid === pidIn(host, PID_FILE)) ?? parents[0]
  if (parent === undefined) return { kind: 'absent' }
  const children = all.filter((it) => it.ppid === parent.pid)
  const checker = children.find((it) => it.pid === pidIn(host, CHECKER_PID_FILE)) ?? null
  const others = children.filter((it) => it !== checker)
  const vrrp = others.find((it) => it.pid === pidIn(host, VRRP_PID_FILE)) ?? others[0] ?? null
  return {
    kind: 'running',
    parent,
    vrrp,
    checker,
    configId: optionIn(parent.args, '-i', '--config-id'),
    file: optionIn(parent.args, '-f', '--use-file'),
  }
})

function pidIn(host: Host, path: string): number | null {
  const read = host.inspect.text(path)
  return read.ok ? Number.parseInt(read.value, 10) : null
}

/** `-f FILE`, `-fFILE`, `--use-file FILE` or `--use-file=FILE`. */
export function optionIn(args: readonly string[], short: string, long: string): string | null {
  for (const [index, arg] of args.entries()) {
    if (arg === short || arg === long) return args[index + 1] ?? null
    if (arg.startsWith(`${long}=`)) return arg.slice(long.length + 1)
    if (arg.startsWith(short) && !arg.startsWith('--')) return arg.slice(short.length)
  }
  return null
}
