// The lab's process tree: one first process that everything hangs on, and one holder per node.
import { resolve } from 'node:path'
import { firstLine, type Inside, insideOf, succeed } from './inside.ts'
import { enter, onlyChild, runInside, sendSignal } from './process.ts'

export const REPOSITORY = resolve(import.meta.dir, '../..')

/** The lab's first process. Its end is the end of everything inside. */
export interface LabRoot {
  /** Its process id as the test process sees it. */
  readonly pid: number
  /** Runs a command where the switch is. */
  run(command: readonly string[], input?: string): Promise<string>
  /**
   * What every node booted from now on has as /usr/local/bin/holdfast: a program from outside, or
   * the text of a script.
   */
  installHoldfast(program: { readonly path: string } | { readonly script: string }): Promise<void>
  destroy(): Promise<void>
}

/** A machine: a first process with its own network, mounts, host name and process ids. */
export interface Node extends Inside {
  readonly name: string
  /** The process id of the node's first process as the test process sees it. */
  readonly pid: number
  /** Ends everything on the node at once, as a pulled plug would. Its disk stays. */
  powerOff(): Promise<void>
}

/**
 * Holds the lab until its standard input closes, which the kernel does for us when the test process
 * ends, whatever ended it. /run is private from here on and holds the nodes' disks.
 */
const ROOT_SCRIPT = `
set -e
hostname switch
mount -t tmpfs -o mode=0755 lab /run
mkdir /run/disk
ip link set lo up
echo ready
while read -r _; do :; done
`

/**
 * A node's program is a link to the lab's one copy: a hundred megabytes are not copied for each, and
 * deleting it on one node is like deleting it on a real host.
 *
 * Gives the node /etc, /var and /usr/local of its own above the host's, an empty /run and /tmp, and
 * then waits for ever. The repository stays reachable even when it lies under /tmp. With file systems
 * of another release of Debian, /usr and what is below are of that. /var comes last, for they lie there.
 */
const NODE_SCRIPT = `
set -e
name=$1 repository=$2 images=$3 disk=/run/disk/$1
below() {
  [ -n "$images" ] && [ "$1" != usr/local ] && echo "$images/ready/$1:$images/base/$1" || echo "/$1"
}
hostname "$name"
mkdir -p "$disk"/{etc,var,usr/local}/{upper,work} "$disk/usr/local/upper/bin" "$disk/repository"
[ ! -e /run/holdfast ] || [ -e "$disk/booted" ] ||
  ln /run/holdfast "$disk/usr/local/upper/bin/holdfast"
[ -z "$images" ] || mount -t overlay -o "lowerdir=$(below usr)" "$name" /usr
for folder in etc usr/local var; do
  mount -t overlay \\
    -o "lowerdir=$(below $folder),upperdir=$disk/$folder/upper,workdir=$disk/$folder/work" "$name" "/$folder"
done
: > "$disk/booted"
mount --bind "$repository" "$disk/repository"
mount -t tmpfs -o mode=1777 tmp /tmp
if ! [ -d "$repository" ]; then
  mkdir -p "$repository"
  mount --bind "$disk/repository" "$repository"
fi
umount "$disk/repository"
mount -t tmpfs -o mode=0755 run /run
mkdir -m 0755 /run/lock
echo "$name" > /etc/hostname
for conf in all default; do
  echo 0 > /proc/sys/net/ipv6/conf/$conf/accept_ra
  echo 0 > /proc/sys/net/ipv6/conf/$conf/accept_dad
  echo 0 > /proc/sys/net/ipv6/conf/$conf/dad_transmits
done
ip link set lo up
exec < /dev/null
sleep infinity &
echo ready
while :; do wait; done
`

const UNSHARE = [
  ...['unshare', '--mount', '--net', '--pid', '--uts', '--fork', '--kill-child'],
  ...['--mount-proc', '--propagation', 'private', '--'],
]

export async function createRoot(): Promise<LabRoot> {
  const helper = Bun.spawn([...UNSHARE, 'bash', '-c', ROOT_SCRIPT], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  await firstLine(helper.stdout, helper.stderr)
  const pid = await onlyChild(helper.pid, () => helper.exitCode === null)
  return {
    pid,
    async run(command, input) {
      return succeed(command, await runInside(pid, 'network', command, input))
    },
    async installHoldfast(program) {
      const isFile = 'path' in program
      const source = isFile ? program.path : '/dev/stdin'
      const command = ['install', '-m', '0755', '-o', 'root', '-g', 'root', source, '/run/holdfast']
      succeed(command, await runInside(pid, 'all', command, isFile ? '' : program.script))
    },
    async destroy() {
      helper.stdin.end()
      sendSignal(pid, 'SIGKILL')
      await helper.exited
    },
  }
}

/**
 * Boots a node. A node that was powered off finds its disk (/etc, /var, /usr/local) as it left it.
 *
 * @param images the folder of build/machine-images that it has its programs from; else the host's are used
 */
export async function createNode(root: LabRoot, name: string, images = ''): Promise<Node> {
  const script = ['bash', '-c', NODE_SCRIPT, 'node', name, REPOSITORY, images]
  const helper = Bun.spawn(enter(root.pid, 'all', [...UNSHARE, ...script]), {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  await firstLine(helper.stdout, helper.stderr)
  const alive = () => helper.exitCode === null
  const pid = await onlyChild(await onlyChild(helper.pid, alive), alive)
  return {
    ...insideOf(name, () => pid),
    name,
    pid,
    async powerOff() {
      sendSignal(pid, 'SIGKILL')
      await helper.exited
    },
  }
}
