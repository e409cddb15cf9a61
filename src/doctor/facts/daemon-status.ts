// What the daemon said last, and whether that is still so.
import { readStatus, type StatusReading } from '../../documents/status-document.ts'
import { fact, type Host } from '../host.ts'
import { foldersOf } from './loaded-config.ts'

export type StatusFact =
  | StatusReading
  | { readonly kind: 'missing'; readonly why: string }
  /** It is there, and not for this user. */
  | { readonly kind: 'denied'; readonly why: string }

/** 2048 targets make some 500 kB. */
const STATUS_LIMIT_BYTES = 4 * 1024 * 1024

export const statusFact = fact(lookAtStatus)

/** A new look, for whoever has to look a second time. */
export async function lookAtStatus(host: Host): Promise<StatusFact> {
  const { runDir } = await foldersOf(host)
  const path = `${runDir}/status.json`
  const read = host.inspect.text(path, STATUS_LIMIT_BYTES)
  if (!read.ok) {
    if (read.why === 'missing') return { kind: 'missing', why: `there is no ${path}` }
    return { kind: read.why === 'denied' ? 'denied' : 'unreadable', why: read.error }
  }
  const { clock } = host.inspect
  const reading = readStatus(read.value, { bootMs: clock.bootMs(), bootId: clock.bootId })
  if (reading.kind !== 'unreadable') return reading
  return { kind: 'unreadable', why: `${path} is ${reading.why}` }
}
