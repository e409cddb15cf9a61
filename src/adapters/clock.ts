// The clocks of this machine: one that never steps, one since boot, and one for people, which NTP may have set.

import { execFile } from 'node:child_process'
import { readSync } from 'node:fs'
import type { Clock } from '../ports.ts'
import { openKernelFile, readBootId, UPTIME, uptimeMs } from './kernel-file.ts'

/** The longest delay that setTimeout takes; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

/**
 * The machine's clocks. Throws where /proc is not mounted: nothing here could work without it.
 *
 * @returns `bootMs` counts in steps of 10 ms, the grain of /proc/uptime
 */
export function createClock(): Clock {
  // Held open for good, so that the clock also works when the process has run out of descriptors.
  const uptime = openKernelFile(UPTIME)
  const buffer = new Uint8Array(64)
  const decoder = new TextDecoder()
  const nowMs = () => performance.now()

  return {
    nowMs,
    wallMs: () => Date.now(),
    bootMs() {
      const length = readSync(uptime, buffer, 0, buffer.length, 0)
      return uptimeMs(decoder.decode(buffer.subarray(0, length)))
    },
    bootId: readBootId(),
    wakeAt: (atMs, wake) => wakeAt(nowMs, atMs, wake),
  }
}

/** Timers may fire a fraction of a millisecond early and cannot be set far ahead: set them again. */
function wakeAt(nowMs: () => number, atMs: number, wake: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const arm = () => {
    const delayMs = Math.min(Math.max(0, Math.ceil(atMs - nowMs())), MAX_DELAY_MS)
    timer = setTimeout(() => (nowMs() < atMs ? arm() : wake()), delayMs)
  }
  arm()
  return () => clearTimeout(timer)
}

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
