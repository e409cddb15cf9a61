// However a lab ends, no process, no namespace, no interface, no mount and no file of it is left.
import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { whyNoLab } from './environment.ts'

const obstacle = whyNoLab()
const CEILING_MS = 10_000

/** The namespaces of all processes of this machine. */
function namespacesInUse(): Set<string> {
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
function hostState(): Record<string, string[]> {
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

async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + CEILING_MS
  while (!condition() && Date.now() < deadlineMs) await Bun.sleep(20)
}

type Ending = 'destroy' | 'fail' | 'SIGINT' | 'SIGTERM' | 'SIGKILL'

async function raiseAndEnd(ending: Ending): Promise<string[]> {
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/hold-lab.ts`, ending], {
    stdout: 'pipe',
    stderr: 'ignore',
  })
  const reader = child.stdout.getReader()
  const { value } = await reader.read()
  const namespaces = JSON.parse(new TextDecoder().decode(value)) as string[]
  if (ending.startsWith('SIG')) {
    expect(namespacesInUse()).toContain(namespaces[0] as string)
    process.kill(child.pid, ending as NodeJS.Signals)
  }
  await child.exited
  return namespaces
}

describe.skipIf(obstacle !== null)('a lab leaves nothing behind', () => {
  for (const ending of ['destroy', 'fail', 'SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    test(`after ${ending}`, async () => {
      const before = hostState()
      const namespaces = await raiseAndEnd(ending)
      expect(namespaces.length).toBe(15)
      const left = () => namespaces.filter((namespace) => namespacesInUse().has(namespace))
      await until(() => left().length === 0)
      expect(left()).toEqual([])
      expect(hostState()).toEqual(before)
    }, 60_000)
  }
})
