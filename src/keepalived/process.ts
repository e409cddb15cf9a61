// Which of a host's processes are the keepalived that serves it: by its program, its work and its network. Pure.
import { isAlive, type Process, type ProcReader, sharesNetwork } from '../host/process-table.ts'

export type KeepalivedReading =
  | {
      readonly kind: 'running'
      readonly parent: Process
      /** The process that speaks VRRP, or null while there is none. */
      readonly vrrp: Process | null
      /** The process that looks after IPVS, or null where none is known to. */
      readonly checker: Process | null
      /** What `--config-id` says, or null where keepalived goes by the host's name. */
      readonly configId: string | null
      /** What `--use-file` says, or null for the usual file. */
      readonly file: string | null
    }
  /** With those that were passed over: the process and why it is not the one. */
  | { readonly kind: 'absent'; readonly others: readonly string[] }

/** What keepalived reads without `--use-file`, as Debian builds it. */
export const KEEPALIVED_CONF = '/etc/keepalived/keepalived.conf'

const NAME = 'keepalived'
/** With a release or an ending perhaps (keepalived-2.3.4, keepalived.real); keepalived-exporter is another program. */
const PROGRAM = /^keepalived(?:[-_]?v?\d|\.|$)/
const PID_FILE = '/run/keepalived.pid'

/**
 * The keepalived of this network: a parent whose program is keepalived and that was not started for a
 * word alone. Of several it is the one that speaks VRRP with the usual file: see `MARKS`. A pid file need
 * not be there, and need not have its usual place.
 */
export function findKeepalived(proc: ProcReader, processes: readonly Process[]): KeepalivedReading {
  const all = processes.filter((candidate) => isAlive(candidate) && isProgram(proc, candidate))
  const pids = new Set(all.map((candidate) => candidate.pid))
  const parents = all.filter((candidate) => !pids.has(candidate.ppid))
  const own = parents
    .filter((parent) => whyOther(proc, parent) === null)
    .map((parent) => runningOf(proc, parent, all))
  const marks = [...MARKS, ({ parent }: Running) => parent.pid === pidIn(proc, PID_FILE)]
  const [running] = marks.reduce((left, mark) => (left.some(mark) ? left.filter(mark) : left), own)
  if (running !== undefined) return running
  const told = (candidate: Process) =>
    `process ${candidate.pid}, "${candidate.args.join(' ')}", ${whyOther(proc, candidate)}`
  return { kind: 'absent', others: parents.map(told) }
}

type Running = Extract<KeepalivedReading, { kind: 'running' }>

/** What tells the one of several, the first mark first. One for IPVS alone is taken where there is no other. */
const MARKS: readonly ((found: Running) => boolean)[] = [
  ({ parent }) => !isToldOnly('check', keepalivedOptions(parent.args)),
  ({ file }) => file === null || file === KEEPALIVED_CONF,
  ({ vrrp }) => vrrp !== null,
]

function runningOf(proc: ProcReader, parent: Process, all: readonly Process[]): Running {
  const options = keepalivedOptions(parent.args)
  const children = all.filter((candidate) => candidate.ppid === parent.pid)
  return {
    ...{ kind: 'running', parent, ...rolesOf(proc, children, options) },
    configId: options.get('config-id') ?? null,
    file: options.get('use-file') ?? null,
  }
}

/** By the file that it runs, which root may see; else by what it was called by. Names can be given to all. */
function isProgram(proc: ProcReader, { pid, comm, args }: Process): boolean {
  return runsKeepalived(proc, `/proc/${pid}`) ?? PROGRAM.test(baseName(args[0] ?? comm))
}

/** Whether the process of this folder below /proc runs keepalived's program; null where that cannot be seen. */
export function runsKeepalived(proc: ProcReader, folder: string): boolean | null {
  const exe = proc.link(`${folder}/exe`)
  return exe.ok ? PROGRAM.test(baseName(exe.value.replace(/ \(deleted\)$/, ''))) : null
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function whyOther(proc: ProcReader, found: Process): string | null {
  const options = keepalivedOptions(found.args)
  if (IN_PASSING.some((option) => options.has(option)))
    return 'is no daemon: it says a word and ends'
  const isHere = sharesNetwork(proc, found)
  if (isHere === false) return 'runs in another network namespace'
  return isHere === null && found.isContained ? 'runs in a container' : null
}

function pidIn(proc: ProcReader, path: string | undefined): number | null {
  const read = path === undefined ? null : proc.text(path)
  return read?.ok === true ? Number.parseInt(read.value, 10) : null
}

/** What tells one child from the others: its pid file, its name with `process_names`, its sockets. */
function rolesOf(
  proc: ProcReader,
  children: readonly Process[],
  options: ReadonlyMap<string, string>,
): { readonly vrrp: Process | null; readonly checker: Process | null } {
  const named = (option: string, file: string, comm: string) => {
    const paths = [options.get(option), `/run/${file}`, `/run/${NAME}/${file}`]
    const pids = paths.map((path) => pidIn(proc, path))
    return (
      children.find((candidate) => pids.includes(candidate.pid)) ??
      children.find((candidate) => candidate.comm.startsWith(comm)) ??
      null
    )
  }
  const checker = named('checkers_pid', 'checkers.pid', 'keepalived_heal')
  const others = children.filter((candidate) => candidate !== checker)
  const vrrp =
    named('vrrp_pid', 'vrrp.pid', 'keepalived_vrrp') ??
    others.find((other) => speaksVrrp(proc, other)) ??
    (isToldOnly('check', options) ? null : others[0]) ??
    null
  // Of two the other one looks after IPVS, unless that was left out.
  const rest = others.filter((other) => other !== vrrp && !other.comm.startsWith('keepalived_bfd'))
  const guess = rest.length === 1 && !isToldOnly('vrrp', options) ? rest[0] : undefined
  return { vrrp, checker: checker ?? guess ?? null }
}

/** Of `--vrrp` and `--check`, each leaves the other's work out; both together leave out neither. */
function isToldOnly(work: 'vrrp' | 'check', options: ReadonlyMap<string, string>): boolean {
  return options.has(work) && !options.has(work === 'vrrp' ? 'check' : 'vrrp')
}

/** The number of VRRP, as the tables of raw sockets write it. */
const VRRP = /^\s*\d+: [0-9A-F]+:0070 /i
const INODE_FIELD = 9

function speaksVrrp(proc: ProcReader, { pid }: Process): boolean {
  const rows = ['/proc/net/raw', '/proc/net/raw6'].flatMap((path) => {
    const read = proc.text(path)
    return read.ok ? read.value.split('\n').filter((line) => VRRP.test(line)) : []
  })
  const sockets = new Set(rows.map((row) => `socket:[${row.trim().split(/\s+/)[INODE_FIELD]}]`))
  const files = proc.list(`/proc/${pid}/fd`)
  if (sockets.size === 0 || !files.ok) return false
  return files.value.some((path) => {
    const link = proc.link(`/proc/${pid}/fd/${path}`)
    return link.ok && sockets.has(link.value)
  })
}

/** Options with which keepalived says something, or works as another program, and ends. */
const IN_PASSING = ['version', 'help', 'config-test', 'signum', 'genhash']

/** keepalived's short options by their long names; those in WITH_VALUE take the next word. */
const LONG_NAMES: Readonly<Record<string, string>> = {
  ...{ f: 'use-file', S: 'log-facility', u: 'umask', p: 'pid', r: 'vrrp_pid', c: 'checkers_pid' },
  ...{ b: 'bfd_pid', A: 'snmp-agent-socket', s: 'namespace', i: 'config-id' },
  ...{ v: 'version', h: 'help', t: 'config-test', T: 'genhash', P: 'vrrp', C: 'check' },
}
const WITH_VALUE = 'fSuprcbAsi'
/** Their values stand in the same word, or are none. */
const OPTIONAL_VALUE = 'Mt'

/** A command line as keepalived's getopt_long(3) reads it: each option's long name, and its value or ''. */
export function keepalivedOptions(args: readonly string[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>()
  for (let at = 1; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--') break
    if (arg.startsWith('--')) {
      const [written = '', ...value] = arg.slice(2).split('=')
      const name = longName(written)
      const takesNext = value.length === 0 && isValued(name)
      options.set(name, takesNext ? (args[++at] ?? '') : value.join('='))
      continue
    }
    if (!arg.startsWith('-')) continue
    for (let index = 1; index < arg.length; index++) {
      const letter = arg[index] ?? ''
      const name = LONG_NAMES[letter] ?? letter
      const rest = arg.slice(index + 1)
      if (WITH_VALUE.includes(letter)) options.set(name, rest === '' ? (args[++at] ?? '') : rest)
      else options.set(name, OPTIONAL_VALUE.includes(letter) ? rest : '')
      if (WITH_VALUE.includes(letter) || OPTIONAL_VALUE.includes(letter)) break
    }
  }
  return options
}

/** getopt_long(3) takes the beginning of a name for all of it, where it is that of one alone. */
function longName(written: string): string {
  const names = [...Object.values(LONG_NAMES), 'signum']
  if (names.includes(written)) return written
  const meant = names.filter((name) => name.startsWith(written))
  return meant.length === 1 && meant[0] !== undefined ? meant[0] : written
}

function isValued(name: string): boolean {
  return [...WITH_VALUE].some((letter) => LONG_NAMES[letter] === name)
}
