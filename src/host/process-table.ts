// The table of processes, as /proc shows it to whoever asks. Pure: it reads by the hands it is given.

export interface Process {
  readonly pid: number
  readonly ppid: number
  /** The effective user. */
  readonly uid: number
  /** The kernel's name for it, of at most 15 characters. */
  readonly comm: string
  /** One letter: R, S and D run or wait, T is stopped, Z is dead and not yet waited for. */
  readonly state: string
  /** Empty for threads of the kernel, and for the dead. */
  readonly args: readonly string[]
  /** On the boot clock. */
  readonly startedBootMs: number
  /** It counts its processes by itself, as containers do. */
  readonly isContained: boolean
}

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false }

/** Reads below /proc. */
export interface ProcReader {
  text(path: string): Read<string>
  list(path: string): Read<readonly string[]>
  link(path: string): Read<string>
}

/**
 * All processes but this one's children, theirs, and so on. One that ends meanwhile is left out.
 *
 * @param isWanted whether to read a process at all, by its folder: most of the work on a busy host
 */
export function readProcesses(
  proc: ProcReader,
  isWanted: (folder: string) => boolean = () => true,
): readonly Process[] {
  const names = proc.list('/proc')
  if (!names.ok) return []
  const self = proc.text('/proc/self/status')
  const depth = self.ok ? depthIn(self.value) : 1
  const all = names.value
    .filter((name) => /^\d+$/.test(name) && isWanted(`/proc/${name}`))
    .flatMap((name) => readProcess(proc, name, depth))
  const pid = self.ok ? parsePid(self.value) : null
  return pid === null ? all : all.filter((candidate) => !descendsFrom(proc, candidate, pid))
}

/** As deep as a program that is started to look at the host starts programs itself. */
const MAX_GENERATIONS = 8

/** A "keepalived --version" that has just been started to look at the host is no keepalived of it. */
function descendsFrom(proc: ProcReader, { ppid }: Process, pid: number): boolean {
  let at: number | undefined = ppid
  for (let older = 0; older < MAX_GENERATIONS && at !== undefined && at > 0; older++) {
    if (at === pid) return true
    const stat = proc.text(`/proc/${at}/stat`)
    at = stat.ok ? parseStat(stat.value)?.ppid : undefined
  }
  return false
}

function readProcess(proc: ProcReader, name: string, depth: number): readonly Process[] {
  const stat = proc.text(`/proc/${name}/stat`)
  const status = proc.text(`/proc/${name}/status`)
  if (!stat.ok || !status.ok) return []
  const parsed = parseStat(stat.value)
  const uid = parseUid(status.value)
  if (parsed === null || uid === null) return []
  const cmdline = proc.text(`/proc/${name}/cmdline`)
  const args = cmdline.ok ? parseCmdline(cmdline.value) : []
  return [{ ...parsed, uid, args, isContained: depthIn(status.value) > depth }]
}

/**
 * Whether a process shares this one's network, and with it addresses and sockets; null where the kernel
 * does not tell, as it tells root alone of the processes of others.
 */
export function sharesNetwork(proc: ProcReader, { pid }: Process): boolean | null {
  const ours = proc.link('/proc/self/ns/net')
  const theirs = proc.link(`/proc/${pid}/ns/net`)
  return ours.ok && theirs.ok ? ours.value === theirs.value : null
}

/** A dead process that nobody has waited for yet does not run. */
export function isAlive({ state }: Process): boolean {
  return state !== 'Z' && state !== 'X'
}

/** Fields of /proc/PID/stat are counted in these, whatever the kernel's own tick is (proc(5)). */
const TICK_MS = 10

/**
 * /proc/PID/stat: the name stands in parentheses and may hold any character, so what follows is
 * counted from the last one.
 */
export function parseStat(text: string): Omit<Process, 'uid' | 'args' | 'isContained'> | null {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open < 0 || close < open) return null
  const fields = text.slice(close + 2).split(' ')
  const [state = '', ppid] = fields
  const pid = Number.parseInt(text, 10)
  const startTicks = Number(fields[19])
  if (!Number.isInteger(pid) || !Number.isFinite(startTicks)) return null
  const comm = text.slice(open + 1, close)
  return { pid, ppid: Number(ppid), comm, state, startedBootMs: startTicks * TICK_MS }
}

/** The effective user in /proc/PID/status: real, effective, saved, of the file system. */
export function parseUid(text: string): number | null {
  const match = /^Uid:\s+\d+\s+(\d+)/m.exec(text)
  return match === null ? null : Number(match[1])
}

/** The process id in /proc/PID/status, as that /proc counts. */
export function parsePid(text: string): number | null {
  const match = /^Pid:\s+(\d+)$/m.exec(text)
  return match === null ? null : Number(match[1])
}

/** How many process-id namespaces deep it is: it has a number in each (proc(5)); 1 where nobody says. */
export function depthIn(status: string): number {
  const match = /^NSpid:\s+(.+)$/m.exec(status)
  return match?.[1]?.trim().split(/\s+/).length ?? 1
}

/** Each argument ends in a NUL. */
export function parseCmdline(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\0$/, '').split('\0')
}
