// What all machines of a test hang on: one first process, one switch, one folder in memory for their disks.
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { firstLine, succeed } from '../lab/inside.ts'
import { type Completed, onlyChild, runInside } from '../lab/process.ts'
import { findImages, type Images, type Suite } from './images.ts'

export interface Fleet {
  /** The first process. Its end is the end of all machines. */
  readonly pid: number
  /** The cgroup below which each machine has its own. */
  readonly cgroup: string
  /** Where cgroup v1 has the processor's shares of the machines; null with v2, where all is in `cgroup`. */
  readonly cpuGroup: string | null
  /** Of the releases that it was made for. */
  readonly images: ReadonlyMap<Suite, Images>
  /**
   * Runs a command on the switch: this computer's programs and files, but the network of the
   * machines, where it is 192.0.2.1 and 2001:db8::1.
   */
  exec(command: readonly string[], input?: string): Promise<Completed>
  /** As `exec`, but fails unless the command succeeds; returns its output. */
  run(command: readonly string[], input?: string): Promise<string>
  destroy(): Promise<void>
}

export const SWITCH = {
  v4: '192.0.2.1',
  v6: '2001:db8::1',
  /** A bridge without one of its own takes the lowest of its ports', another one whenever that port goes. */
  mac: '02:00:5e:00:53:01',
} as const

const CPU_GROUPS = '/sys/fs/cgroup/cpu'
const CPU_SHARES = join(CPU_GROUPS, 'cpu.shares')

const UNSHARE = [
  ...['unshare', '--mount', '--net', '--pid', '--uts', '--ipc', '--fork', '--kill-child'],
  ...['--mount-proc', '--propagation', 'private', '--'],
].join(' ')

/**
 * The one part that is outside: control groups are the host's, and somebody must remove them when
 * the rest has gone. It is in a session of its own, so that Ctrl-C leaves it alone. What an earlier
 * one could not remove, because it was killed itself, it removes as well.
 *
 * Together four machines get as much as four sessions on this computer get. It is no more, since the kernel's own
 * threads count as one session does, and some hold the lock that all changes of networks wait for.
 */
const CARETAKER_SCRIPT = `
groups=/sys/fs/cgroup
[ ! -e $groups/unified/cgroup.procs ] || groups=$groups/unified
cpu=/sys/fs/cgroup/cpu
clear_away() { find "$@" -depth -type d -exec rmdir {} + 2>/dev/null; }
for old in "$groups"/holdfast-machines-* "$cpu"/holdfast-machines-*; do
  [ ! -d "$old" ] || kill -0 "\${old##*-}" 2>/dev/null || clear_away "$old"
done
name=holdfast-machines-$$
group=$groups/$name
mkdir "$group" || exit 1
if [ -e "$cpu/cpu.shares" ]; then
  mkdir "$cpu/$name" && echo 4096 > "$cpu/$name/cpu.shares"
else
  echo +cpu > "$groups/cgroup.subtree_control" && echo 400 > "$group/cpu.weight"
fi || exit 1
(echo 0 > "$group/cgroup.procs" && exec ${UNSHARE} bash -c "$1" fleet "$group")
clear_away "$group" "$cpu/$name"
`

/**
 * Holds the fleet until its standard input closes, which the kernel does for us when the test
 * process ends, whatever ended it. /run is private from here on, and holds the machines' disks.
 */
const FLEET_SCRIPT = `
set -e
hostname switch
mount -t tmpfs -o mode=0755 fleet /run
mkdir /run/disk /run/netns
ip -batch - <<END
link set lo up
link add br0 address ${SWITCH.mac} type bridge stp_state 0 forward_delay 0 mcast_snooping 0
address add ${SWITCH.v4}/24 dev br0
address add ${SWITCH.v6}/64 dev br0 nodad
link set br0 up
END
echo "$1"
while read -r _; do :; done
`

/** Makes what is needed to boot machines of these releases. */
export async function createFleet(suites: ReadonlySet<Suite>): Promise<Fleet> {
  const images = new Map<Suite, Images>()
  for (const suite of suites) images.set(suite, await findImages(suite))
  const helper = Bun.spawn(['setsid', 'bash', '-c', CARETAKER_SCRIPT, 'caretaker', FLEET_SCRIPT], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const cgroup = await firstLine(helper.stdout, helper.stderr)
  const alive = () => helper.exitCode === null
  const pid = await onlyChild(await onlyChild(helper.pid, alive), alive)
  const exec = (command: readonly string[], input?: string) => runInside(pid, 'all', command, input)
  return {
    pid,
    cgroup,
    cpuGroup: existsSync(CPU_SHARES) ? join(CPU_GROUPS, basename(cgroup)) : null,
    images,
    exec,
    run: async (command, input) => succeed(command, await exec(command, input)),
    async destroy() {
      helper.stdin.end()
      await helper.exited
    },
  }
}
