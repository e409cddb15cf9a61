// Finds status.json and reads it at the moment of now on the boot clock.

import { type BootMoment, readStatus, type StatusReading } from '../documents/status-document.ts'
import { readBounded } from './atomic-file.ts'
import { readBootId, readKernelFile, UPTIME, uptimeMs } from './kernel-file.ts'

/** 2048 endpoints make some 500 kB. */
const STATUS_LIMIT_BYTES = 4 * 1024 * 1024

export type StatusFileReading = StatusReading | { readonly kind: 'missing'; readonly why: string }

/** What the daemon last said, if it can be understood, and whether that is still so. */
export function readStatusFile(runDir: string): StatusFileReading {
  const path = `${runDir}/status.json`
  const file = readBounded(path, STATUS_LIMIT_BYTES)
  if (!file.ok && file.missing) return { kind: 'missing', why: `${path} does not exist` }
  if (!file.ok) return { kind: 'unreadable', why: file.error }
  const moment = readBootMoment()
  if (typeof moment === 'string') return { kind: 'unreadable', why: moment }
  const reading = readStatus(file.value, moment)
  if (reading.kind !== 'unreadable') return reading
  return { kind: 'unreadable', why: `${path} is ${reading.why}` }
}

/** Now, or a sentence on why the boot clock cannot be read. */
export function readBootMoment(): BootMoment | string {
  try {
    return { bootMs: uptimeMs(readKernelFile(UPTIME)), bootId: readBootId() }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
