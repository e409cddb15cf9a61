// Files of the kernel, in which nobody has a hand, and which boot this is, since when. Shared by adapters.
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { Refusal } from './file-error.ts'

const CHUNK_BYTES = 16 * 1024

/** A path below /proc or /sys, whose folders no user can change. */
export type KernelPath = `/proc/${string}` | `/sys/${string}`

/** The whole text. Throws what the system says. */
export function readKernelFile(path: KernelPath): string {
  return readFileSync(path, 'utf8')
}

/** A descriptor to read again and again. */
export function openKernelFile(path: KernelPath): number {
  return openSync(path, 'r')
}

/**
 * At most `maxBytes`. What a process has open below /proc/PID/fd is no path that could be followed part
 * by part: it leads straight to the file, whose name may be gone. Throws what the system says, and a
 * refusal for what is no regular file or is larger.
 */
export function readKernelFileAtMost(path: KernelPath, maxBytes: number): string {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!fstatSync(descriptor).isFile()) throw new Refusal('it is not a regular file')
    const chunks: Buffer[] = []
    let length = 0
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
      const count = readSync(descriptor, chunk)
      length += count
      if (length > maxBytes) throw new Refusal(`it is larger than ${maxBytes} bytes`)
      if (count === 0) return Buffer.concat(chunks).toString()
      chunks.push(chunk.subarray(0, count))
    }
  } finally {
    closeSync(descriptor)
  }
}

const BOOT_ID = '/proc/sys/kernel/random/boot_id'
/** Which boot it is by systemd's account, in a unit with `Environment=HOLDFAST_BOOT_ID=%b`. */
const BOOT_ID_VARIABLE = 'HOLDFAST_BOOT_ID'

/** Changes with every boot. Throws where /proc is not mounted. */
export function readBootId(): string {
  return toldBootId(process.env[BOOT_ID_VARIABLE]) ?? readKernelFile(BOOT_ID).trim()
}

/**
 * The boot id in the form of the kernel's file, from 32 hexadecimal digits as systemd.unit(5) has them
 * for `%b`; null for anything else.
 *
 * A sandbox that gives a service a /proc of its own hides what container managers mount over the
 * kernel's file. The service would then name another boot than everybody else in the container.
 */
export function toldBootId(text: string | undefined): string | null {
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(
    text ?? '',
  )
  return parts === null ? null : parts.slice(1).join('-')
}

export const UPTIME = '/proc/uptime'

/** Milliseconds from the text of /proc/uptime: seconds with two decimals, then the idle time. */
export function uptimeMs(text: string): number {
  const match = /^(\d+)\.(\d\d)\s/.exec(text)
  if (match === null) throw new Error(`${UPTIME} is not in the form that Linux writes`)
  return Number(match[1]) * 1000 + Number(match[2]) * 10
}
