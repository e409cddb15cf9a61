// What a lab could leave behind, for the tests that look for it.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const CEILING_MS = 10_000

/** The namespaces of all processes of this machine. */
export function namespacesInUse(): Set<string> {
  const found = new Set<string>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
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
