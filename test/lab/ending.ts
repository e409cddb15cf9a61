// However a test process ends, what it had raised is gone afterwards: how that is proven for labs,
// machines and guests alike.
import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { createOwnHost, namespacesInUse, type OwnHost, ticksNow, until } from './traces.ts'

export type Ending = 'destroy' | 'fail' | 'SIGINT' | 'SIGTERM' | 'SIGKILL'

export const ENDINGS: readonly Ending[] = ['destroy', 'fail', 'SIGINT', 'SIGTERM', 'SIGKILL']

/** What a holder program prints, as a line of JSON, once everything stands. */
export interface Traces {
  readonly namespaces: readonly string[]
  /** Folders that exist as long as it does. */
  readonly folders: readonly string[]
}

export interface Ended {
  /** Of what nothing is left, in the plural. */
  readonly what: string
  /** The program that raises it, tells its traces, and ends as its argument says or waits for a signal. */
  readonly holder: string
  /** How many namespaces it must have told of, so that none is looked for in vain. */
  readonly namespaces: number
  readonly endings: readonly Ending[]
  /** Why it cannot run here, if it cannot. */
  readonly obstacle: string | null
  readonly ceilingMs: number
}

/** No process, no namespace, no interface, no mount and no file is left after any of the endings. */
export function leavesNothing(ended: Ended): void {
  describe.skipIf(ended.obstacle !== null)(`${ended.what} leave nothing behind`, () => {
    for (const ending of ended.endings) {
      test(`after ${ending}`, () => endsCleanly(ended, ending), ended.ceilingMs)
    }
  })
}

async function endsCleanly(ended: Ended, ending: Ending): Promise<void> {
  const host = await createOwnHost()
  try {
    const before = host.state()
    const { namespaces, folders } = await raiseAndEnd(host, ended.holder, ending)
    expect(namespaces.length).toBe(ended.namespaces)
    const endTicks = ticksNow()
    const left = () => [
      ...namespaces.filter((namespace) => namespacesInUse(endTicks).has(namespace)),
      ...folders.filter((folder) => existsSync(folder)),
    ]
    await until(() => left().length === 0)
    expect(left()).toEqual([])
    expect(host.state()).toEqual(before)
  } finally {
    await host.end()
  }
}

async function raiseAndEnd(host: OwnHost, holder: string, ending: Ending): Promise<Traces> {
  const command = host.enter([process.execPath, holder, ending])
  const child = Bun.spawn(command, { stdout: 'pipe', stderr: 'ignore' })
  const { value } = await child.stdout.getReader().read()
  const traces = JSON.parse(new TextDecoder().decode(value)) as Traces
  if (ending.startsWith('SIG')) {
    expect(namespacesInUse()).toContain(traces.namespaces[0] as string)
    for (const folder of traces.folders) expect(existsSync(folder)).toBe(true)
    process.kill(child.pid, ending as NodeJS.Signals)
  }
  await child.exited
  return traces
}
