// What a lab could leave behind, for the tests that look for it.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { firstLine } from './inside.ts'
import { childrenOf } from './process.ts'

const CEILING_MS = 10_000

/** One process for good: process ids are used again. */
export interface ProcessIdentity {
  readonly pid: number
  /** Field 22 of /proc/PID/stat: when it started, in clock ticks since boot. */
  readonly startTicks: string
}

/** All that descends from a process, namespaces notwithstanding. */
export function processesBelow(pid: number): ProcessIdentity[] {
  return childrenOf(pid).flatMap((child) => {
    const startTicks = startTicksOf(child)
    const self = startTicks === null ? [] : [{ pid: child, startTicks }]
    return [...self, ...processesBelow(child)]
  })
}

export function stillRunning(processes: readonly ProcessIdentity[]): ProcessIdentity[] {
  return processes.filter(({ pid, startTicks }) => startTicksOf(pid) === startTicks)
}

/** Null for a process that has ended, a zombie included. */
function startTicksOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? null : (fields[19] ?? null)
  } catch {
    return null
  }
}

/** Clock ticks since boot, of which Linux shows a hundred a second. */
export function ticksNow(): number {
  return Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 100
}

/**
 * The namespaces of all processes of this machine that started before `ticks`: the number of a
 * namespace that has gone is soon given to another one, such as that of the next lab.
 */
export function namespacesInUse(ticks = Number.POSITIVE_INFINITY): Set<string> {
  const found = new Set<string>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const startTicks = startTicksOf(Number(pid))
    if (startTicks === null || Number(startTicks) > ticks) continue
    for (const kind of ['pid', 'net', 'mnt']) {
      try {
        found.add(readlinkSync(`/proc/${pid}/ns/${kind}`))
      } catch {
        // It ended while we looked.
      }
    }
  }
  return found
}

/** This host with mounts and a /run of its own: what is found there, nobody else has made. */
export interface OwnHost {
  /** The command line that runs a command there, as the process that is started. */
  enter(command: readonly string[]): string[]
  /** What could be left there: mounts, network namespaces, interfaces, files. */
  state(): Record<string, string[]>
  end(): Promise<void>
}

export async function createOwnHost(): Promise<OwnHost> {
  const script = 'mount -t tmpfs run /run && mkdir /run/mount && echo ready && exec cat'
  const holder = Bun.spawn(
    ['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', script],
    { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' },
  )
  await firstLine(holder.stdout, holder.stderr)
  const proc = `/proc/${holder.pid}`
  return {
    enter: (command) => ['nsenter', '-t', String(holder.pid), '-m', '--', ...command],
    state: () => ({
      mounts: readFileSync(`${proc}/mountinfo`, 'utf8').split('\n').sort(),
      netns: namesIn(`${proc}/root/run/netns`),
      interfaces: namesIn('/sys/class/net'),
      run: namesIn(`${proc}/root/run`),
      etc: [...namesIn('/etc/holdfast'), ...namesIn('/etc/keepalived')],
    }),
    async end() {
      holder.stdin.end()
      await holder.exited
    },
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path).sort()
  } catch {
    return []
  }
}

/** Waits for what the kernel does in its own time; returns in any case. */
export async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + CEILING_MS
  while (!condition() && Date.now() < deadlineMs) await Bun.sleep(20)
}
