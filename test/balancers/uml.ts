// User-mode Linux: a kernel that is a program, and boots any folder; whoever starts it.
import { join } from 'node:path'
import { folderBy } from '../machines/images.ts'

export interface Kernel {
  /** The program. */
  readonly linux: string
  /** What is /usr/lib/modules of what it boots: by it modprobe knows what the kernel has. */
  readonly modules: string
}

/** Finds the kernel, which is made if need be. */
export async function findKernel(): Promise<Kernel> {
  const folder = await folderBy('build/guest-kernel')
  return { linux: join(folder, 'linux'), modules: join(folder, 'lib/modules') }
}

/**
 * A shell's lines that keep it, and what it starts, on one processor: one that no other guest has, or any if
 * there is none. Each system call of a guest is a change from one process of this computer to another and back, which
 * costs half as much on one processor. The lock ends with the last process that has the file open.
 *
 * Its session goes before others, where the kernel groups them: see autogroup in sched(7).
 */
export const ON_ONE_PROCESSOR = `
echo -10 2>/dev/null >/proc/self/autogroup || :
for processor in $(printf '%s\n' /sys/devices/system/cpu/cpu[0-9]* | shuf); do
  taskset --cpu-list --pid "\${processor##*/cpu}" $$ >/dev/null 2>&1 || continue
  exec 9<"$processor"
  ! flock --nonblock 9 || break
done
`

/**
 * The command that boots a kernel. Its memory is a file in TMPDIR, and its console standard output.
 *
 * @param folder where it is; `root` in there is its root
 * @param words what else its kernel is told
 */
export function umlCommand(
  { linux }: Kernel,
  folder: string,
  words: readonly string[],
): readonly string[] {
  return [
    ...[linux, 'mem=1536M', `uml_dir=${folder}/`, 'umid=guest'],
    ...['con0=null,fd:1', 'con=null', 'console=tty0', 'quiet', 'loglevel=2', 'panic=-1'],
    ...['root=/dev/root', 'rootfstype=hostfs', `hostfs=${folder}/root`, ...words],
  ]
}
