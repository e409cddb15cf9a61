// However a test with machines ends, no process, namespace, interface, mount or control group is left.
import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { hostState, namespacesInUse, ticksNow, until } from '../lab/traces.ts'
import { whyNoMachines } from './environment.ts'

type Ending = 'destroy' | 'fail' | 'SIGINT' | 'SIGTERM' | 'SIGKILL'

interface Traces {
  readonly namespaces: readonly string[]
  readonly cgroup: string
}

async function bootAndEnd(ending: Ending): Promise<Traces> {
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/hold-machines.ts`, ending], {
    stdout: 'pipe',
    stderr: 'ignore',
  })
  const reader = child.stdout.getReader()
  const { value } = await reader.read()
  const traces = JSON.parse(new TextDecoder().decode(value)) as Traces
  if (ending.startsWith('SIG')) {
    expect(namespacesInUse()).toContain(traces.namespaces[0] as string)
    expect(existsSync(`${traces.cgroup}/s1`)).toBe(true)
    process.kill(child.pid, ending as NodeJS.Signals)
  }
  await child.exited
  return traces
}

describe.skipIf(whyNoMachines() !== null)('machines leave nothing behind', () => {
  for (const ending of ['destroy', 'fail', 'SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    test(`after ${ending}`, async () => {
      const before = hostState()
      const { namespaces, cgroup } = await bootAndEnd(ending)
      expect(namespaces.length).toBe(9)
      const endTicks = ticksNow()
      const left = () => namespaces.filter((namespace) => namespacesInUse(endTicks).has(namespace))
      await until(() => left().length === 0 && !existsSync(cgroup))
      expect(left()).toEqual([])
      expect(existsSync(cgroup)).toBe(false)
      expect(hostState()).toEqual(before)
    }, 300_000)
  }
})
