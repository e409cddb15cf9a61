// However a test with a guest ends, no qemu, no namespace, no mount and no file of it is left.
import { describe, expect, test } from 'bun:test'
import { hostState, namespacesInUse, ticksNow, until } from '../lab/traces.ts'
import { whyNoGuest } from './environment.ts'

type Ending = 'destroy' | 'fail' | 'SIGTERM' | 'SIGKILL'

async function bootAndEnd(ending: Ending): Promise<string[]> {
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/hold-guest.ts`, ending], {
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

describe.skipIf(whyNoGuest() !== null)('a guest leaves nothing behind', () => {
  for (const ending of ['destroy', 'fail', 'SIGTERM', 'SIGKILL'] as const) {
    test(`after ${ending}`, async () => {
      const before = hostState()
      const namespaces = await bootAndEnd(ending)
      expect(namespaces.length).toBe(3)
      const endTicks = ticksNow()
      const left = () => namespaces.filter((namespace) => namespacesInUse(endTicks).has(namespace))
      await until(() => left().length === 0)
      expect(left()).toEqual([])
      expect(hostState()).toEqual(before)
    }, 300_000)
  }
})
