// Files of the kernel, in which nobody has a hand. Shared by adapters.
import { openSync, readFileSync } from 'node:fs'

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
