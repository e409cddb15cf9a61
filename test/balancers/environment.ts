// Whether this computer can boot the guest, and if not, what is missing; and whether this is the guest.
import { whyNoMachines } from '../machines/environment.ts'

export const QEMU = 'qemu-system-x86_64'
const PROGRAMS = [QEMU, 'mkfs.ext4', 'mkfifo', 'unshare']
const SEARCH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** True in the guest. */
export function isGuest(): boolean {
  return process.env.HOLDFAST_GUEST === 'yes'
}

/** Null when a guest can be booted here, else the reason in a sentence. */
export function whyNoGuest(): string | null {
  if (process.arch !== 'x64') return 'The guest is x86-64, like this computer would have to be.'
  const missing = PROGRAMS.filter((program) => Bun.which(program, { PATH: SEARCH }) === null)
  if (missing.length > 0) return `The guest needs ${missing.join(', ')}: run build/setup.`
  return whyNoMachines()
}
