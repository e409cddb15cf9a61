// The real servers as the daemon's fresh status has them.
import type { BackendStatus } from '../../documents/status.ts'
import { isSkip, type Skip, skip } from '../check.ts'
import { speakingDaemonFact } from '../facts/daemon.ts'
import type { Host } from '../host.ts'

/** Those that have been judged; not empty. */
export async function backendsFact(host: Host): Promise<readonly BackendStatus[] | Skip> {
  const daemon = await speakingDaemonFact(host)
  if (isSkip(daemon)) return daemon
  const known = (daemon.status.backends ?? []).filter(({ weight }) => weight !== null)
  return known.length > 0 ? known : skip('no real server has been judged yet')
}
