// What a lab could leave behind, for the tests that look for it.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
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

/** What a lab could leave on the host: mounts, network namespaces, interfaces, files. */
export function hostState(): Record<string, string[]> {
  const folder = (path: string) => {
    try {
      return readdirSync(path).sort()
    } catch {
      return []
    }
  }
  return {
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').split('\n').sort(),
    netns: folder('/run/netns'),
    interfaces: folder('/sys/class/net'),
    run: folder('/run').filter((name) => /holdfast|named|keepalived|disk/.test(name)),
    etc: [...folder('/etc/holdfast'), ...folder('/etc/keepalived')],
  }
}

/** Waits for what the kernel does in its own time; returns in any case. */
export async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + CEILING_MS
  while (!condition() && Date.now() < deadlineMs) await Bun.sleep(20)
}
