// keepalived's JSON dump as the doctor has it: one for all checks, or why there is none.
import { parseDump, type RunningInstance } from '../../keepalived/dump.ts'
import type { Read } from '../../ports.ts'
import { fact, type Host } from '../host.ts'

export type Dump =
  | { readonly kind: 'dump'; readonly instances: readonly RunningInstance[] }
  /** `missing` keepalived does not run, `denied` not for this user, `other` it runs and says nothing. */
  | {
      readonly kind: 'none'
      readonly why: 'missing' | 'denied' | 'other'
      readonly error: string
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
  return { kind: 'none', why: 'other', error: 'keepalived wrote a dump that is not understood' }
}
