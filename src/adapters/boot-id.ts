// Which boot this is, by the same account for every program of the host. Shared by adapters.
import { readKernelFile } from './kernel-file.ts'

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
