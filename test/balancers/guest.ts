// The guest: a user-mode Linux, whose kernel has IPVS, booted for one program and ended with it.
import { REPOSITORY } from '../lab/namespace.ts'
import { findImages } from '../machines/images.ts'
import { findKernel, ON_ONE_PROCESSOR, umlCommand } from './uml.ts'

/** Where the guest has this repository. */
export const IN_GUEST = '/srv/holdfast'

export interface Guest {
  /** The process that all of it hangs on. */
  readonly pid: number
  /** How the program ended, as a shell has it, and the last of what it and the kernel printed. */
  readonly ended: Promise<{ readonly code: number; readonly said: string }>
  /** Ends it as pulling the plug would. */
  destroy(): Promise<void>
}

/**
 * Its root is read-only: what build/machine-images calls ready, the kernel's list of modules, Bun, and this
 * repository as it is. It runs until file descriptor 3 closes, which the kernel does for us when the
 * test process ends, whatever ended it: with this script end its process-id namespace and its mounts.
 */
const SCRIPT = `
set -e
ready=$1 base=$2 repository=$3 bun=$4 modules=$5
shift 5
cd /mnt
mount -t tmpfs -o mode=0755 guest .
cd /mnt
mkdir -p result root "layer${IN_GUEST}" layer/usr/lib/modules layer/usr/local/bin
touch layer/usr/local/bin/bun
mount -t overlay -o "lowerdir=/mnt/layer:$ready:$base" root root
mount --bind "$repository" "root${IN_GUEST}"
mount --bind "$modules" root/usr/lib/modules
mount --bind result root/mnt
mount --bind "$bun" root/usr/local/bin/bun
${ON_ONE_PROCESSOR}
"$@" </dev/null 3<&- &
cat <&3 >/dev/null &
wait -n
exit "$(cat result/code)"
`

const UNSHARE = [
  ...['setsid', 'unshare', '--mount', '--net', '--pid', '--fork', '--kill-child'],
  ...['--mount-proc', '--propagation', 'private', '--'],
]

/** The last of what is printed, for an error. */
const TAIL_CHARACTERS = 20_000

/**
 * Boots a guest in one or two seconds, and has it run a program.
 *
 * @param command words without blanks
 * @param onOutput called with what the program and the kernel print, as it comes
 */
export async function startGuest(
  command: readonly string[],
  onOutput: (text: string) => void,
): Promise<Guest> {
  const { base, ready } = await findImages('bookworm')
  const kernel = await findKernel()
  const layers = [ready, base, REPOSITORY, process.execPath, kernel.modules]
  const uml = umlCommand(kernel, '/mnt', [
    'ro',
    `init=${IN_GUEST}/test/balancers/first-process`,
    ...['HOLDFAST_GUEST=yes', '--', ...command],
  ])
  const child = Bun.spawn([...UNSHARE, 'bash', '-c', SCRIPT, 'guest', ...layers, ...uml], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, TMPDIR: '/mnt' },
  })
  let said = ''
  const follow = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      const text = decoder.decode(chunk, { stream: true })
      said = (said + text).slice(-TAIL_CHARACTERS)
      onOutput(text)
    }
  }
  const ended = Promise.all([follow(child.stdout), follow(child.stderr), child.exited])
  return {
    pid: child.pid,
    ended: ended.then(([, , code]) => ({ code, said })),
    async destroy() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
