// The real servers as the daemon's fresh status has them.
import { factOf, skip } from '../doctor-check.ts'
import { speakingDaemonFact } from '../facts/daemon-process.ts'

/** Those that have been judged; not empty. */
export const backendsFact = factOf({ daemon: speakingDaemonFact }, ({ daemon: { status } }) => {
  const known = (status.backends ?? []).filter(({ weight }) => weight !== null)
  return known.length > 0 ? known : skip('no real server has been judged yet')
})
