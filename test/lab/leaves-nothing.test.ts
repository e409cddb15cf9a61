// However a lab ends, no process, no namespace, no interface, no mount and no file of it is left.
import { describe, expect, test } from 'bun:test'
import { whyNoLab } from './environment.ts'
import { hostState, namespacesInUse, ticksNow, until } from './traces.ts'

const obstacle = whyNoLab()

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
      const endTicks = ticksNow()
      const left = () => namespaces.filter((namespace) => namespacesInUse(endTicks).has(namespace))
      await until(() => left().length === 0)
      expect(left()).toEqual([])
      expect(hostState()).toEqual(before)
    }, 60_000)
  }
})
