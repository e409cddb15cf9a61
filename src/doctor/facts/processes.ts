// Every process of this host but the doctor's own children, as /proc shows it to whoever asks.
import type { Inspector } from '../../ports.ts'
import { fact } from '../host.ts'

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
}

export const processesFact = fact(async (host): Promise<readonly Process[]> => {
  const names = host.inspect.list('/proc')
  if (!names.ok) return []
  const self = host.inspect.text('/proc/self/status')
  const depth = self.ok ? depthIn(self.value) : 1
  const pid = self.ok ? parsePid(self.value) : null
  return (
    names.value
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => readProcess(host.inspect, name, depth))
      // A "keepalived --version" that another check has just started is no keepalived of the host.
      .filter((it) => it.ppid !== pid)
  )
})

/** A process that ends meanwhile is no process, and those of containers are of other hosts. */
function readProcess(inspect: Inspector, pid: string, depth: number): readonly Process[] {
  const stat = inspect.text(`/proc/${pid}/stat`)
  const status = inspect.text(`/proc/${pid}/status`)
  if (!stat.ok || !status.ok || depthIn(status.value) > depth) return []
  const parsed = parseStat(stat.value)
  const uid = parseUid(status.value)
  if (parsed === null || uid === null) return []
  const cmdline = inspect.text(`/proc/${pid}/cmdline`)
  return [{ ...parsed, uid, args: cmdline.ok ? parseCmdline(cmdline.value) : [] }]
}

/** Fields of /proc/PID/stat are counted in these, whatever the kernel's own tick is (proc(5)). */
const TICK_MS = 10

/**
 * /proc/PID/stat: the name stands in parentheses and may hold any character, so what follows is
 * counted from the last one.
 */
export function parseStat(text: string): Omit<Process, 'uid' | 'args'> | null {
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
