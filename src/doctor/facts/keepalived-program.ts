// Which keepalived is installed, which one runs, and what that says of itself.
import { parseDump, type RunningInstance } from '../../keepalived/dump.ts'
import { findKeepalived } from '../../keepalived/process.ts'
import { parseRelease } from '../../keepalived/release.ts'
import type { Read } from '../../ports.ts'
import { fact, type Host } from '../host.ts'
import { allProcessesFact } from './proc.ts'

/** What `keepalived --version` said: it speaks on standard error. */
export const versionTextFact = fact(async (host) => {
  const run = await host.inspect.run('keepalived', ['--version'])
  return run.ok ? { ...run, value: `${run.value.stdout}${run.value.stderr}` } : run
})

/** The release of the program on disk, or null where it does not say. */
export const releaseFact = fact(async (host) => {
  const said = await versionTextFact(host)
  return said.ok ? parseRelease(said.value) : null
})

/** One in a container that has this host's network holds this host's addresses. */
export const keepalivedFact = fact(async (host) =>
  findKeepalived(host.inspect, await allProcessesFact(host)),
)

export type Dump =
  | { readonly kind: 'dump'; readonly instances: readonly RunningInstance[] }
  /** `missing` keepalived does not run, `denied` not for this user, `other` it runs and says nothing. */
  | {
      readonly kind: 'none'
      readonly why: 'missing' | 'denied' | 'other'
      readonly error: string
    }

/** Whether an instance takes part in its election. */
export function isTaking({ state }: RunningInstance): boolean {
  return state === 'backup' || state === 'master'
}

/** One dump for all checks of a run. */
export const dumpFact = fact(askForDump)

/** A new dump, for whoever has to look a second time. */
export async function askForDump(host: Host): Promise<Dump> {
  return readDump(await host.inspect.keepalivedDump())
}

export function readDump(read: Read<string>): Dump {
  if (!read.ok) return { kind: 'none', why: read.why, error: read.error }
  const instances = parseDump(read.value)
  if (instances !== null) return { kind: 'dump', instances }
  return { kind: 'none', why: 'other', error: 'the state dump of keepalived is not valid' }
}
