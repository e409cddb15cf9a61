// The computer that qemu makes for a load balancer, and whether it can be made here.
import { whyNoMachines } from '../../machines/environment.ts'

export const QEMU = 'qemu-system-x86_64'
const PROGRAMS = [QEMU, 'mkfs.ext4']
const SEARCH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Null when such a computer can be made here, else the reason in a sentence. */
export function whyNoComputer(): string | null {
  if (process.arch !== 'x64')
    return 'The balancers are x86-64, like this computer would have to be.'
  const missing = PROGRAMS.filter((program) => Bun.which(program, { PATH: SEARCH }) === null)
  if (missing.length > 0) return `The balancers need ${missing.join(', ')}: run build/setup.`
  return whyNoMachines()
}

export const MEMORY_MIB = 1024

/**
 * qemu's words for a bare one, as text for a shell that has $qemu, $memory, and in $image the folder
 * that build/guest-image printed. It is emulated in software, without the features of a processor
 * whose emulation costs time and serves no test.
 */
export const COMPUTER = `"$qemu" -accel tcg -cpu max,la57=off,smap=off,smep=off,umip=off,pku=off -smp 1 -m "$memory" \\
  -nodefaults -no-user-config -display none -no-reboot -monitor none \\
  -kernel "$image/vmlinuz"`

/** The kernel's words, for the same reason without what protects from strangers; the root is the first disk. */
export const KERNEL_WORDS =
  'console=ttyS0 quiet panic=-1 mitigations=off norandmaps nokaslr audit=0 cryptomgr.notests tsc=reliable no_timer_check root=/dev/nvme0n1'
