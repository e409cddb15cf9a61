// Whether NTP has set this host's clock, by the kernel's own account.
import { execFile } from 'node:child_process'

/** systemd's program, for adjtimex(2) cannot be called from here. */
const PROGRAM = '/usr/bin/timedatectl'
const LIMIT_MS = 3000

/**
 * Whether the kernel holds its clock for synchronised: timesyncd, chrony and ntpd all tell it so.
 * Never rejects; false where nobody can tell.
 */
export function isClockSet(): Promise<boolean> {
  return new Promise((resolve) => {
    const args = ['show', '--property=NTPSynchronized', '--value']
    execFile(PROGRAM, args, { timeout: LIMIT_MS }, (error, stdout) => {
      resolve(error === null && stdout.trim() === 'yes')
    })
  })
}
