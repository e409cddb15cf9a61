// Whether this computer can boot the guest, and if not, what is missing; and whether this is the guest.
import { whyNoMachines } from '../machines/environment.ts'

/** True in the guest. */
export function isGuest(): boolean {
  return process.env.HOLDFAST_GUEST === 'yes'
}

/** Null when a guest can be booted here, else the reason in a sentence. */
export function whyNoGuest(): string | null {
  if (process.arch !== 'x64') return 'User-mode Linux needs x86-64.'
  if (![...new Bun.Glob('linux-source-*').scanSync('/usr/src')].length)
    return 'The guest needs the sources of its kernel: run build/setup.'
  return whyNoMachines()
}
