// The lab's process tree: one first process that everything hangs on, and one holder per node.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import {
  type Completed,
  enter,
  type LabProcess,
  onlyChild,
  runInside,
  sendSignal,
  spawnInside,
} from './process.ts'

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
export interface Node {
  readonly name: string
  /** The process id of the node's first process as the test process sees it. */
  readonly pid: number
  /** Where a path of the node is found from outside. */
  path(path: string): string
  read(path: string): string
  /** Writes a file by rename, so that readers inside see the old or the new one. */
  write(path: string, text: string, mode?: number): void
  remove(path: string): void
  exec(command: readonly string[], input?: string): Promise<Completed>
  /** As `exec`, but fails unless the command succeeds; returns its output. */
  run(command: readonly string[], input?: string): Promise<string>
  spawn(name: string, command: readonly string[], env?: Record<string, string>): Promise<LabProcess>
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
 * then waits for ever. The repository stays reachable even when it lies under /tmp.
 */
const NODE_SCRIPT = `
set -e
name=$1 repository=$2 disk=/run/disk/$1
hostname "$name"
for folder in etc var usr/local; do
  mkdir -p "$disk/$folder/upper" "$disk/$folder/work"
  if [ $folder = usr/local ] && [ -e /run/holdfast ]; then
    mkdir -p "$disk/$folder/upper/bin"
    [ -e "$disk/booted" ] || ln /run/holdfast "$disk/$folder/upper/bin/holdfast"
  fi
  mount -t overlay -o "lowerdir=/$folder,upperdir=$disk/$folder/upper,workdir=$disk/$folder/work" \\
    "$name" "/$folder"
done
touch "$disk/booted"
mkdir -p "$disk/repository"
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

/** Boots a node. A node that was powered off finds its disk (/etc, /var, /usr/local) as it left it. */
export async function createNode(root: LabRoot, name: string): Promise<Node> {
  const helper = Bun.spawn(
    enter(root.pid, 'all', [...UNSHARE, 'bash', '-c', NODE_SCRIPT, 'node', name, REPOSITORY]),
    { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' },
  )
  await firstLine(helper.stdout, helper.stderr)
  const alive = () => helper.exitCode === null
  const pid = await onlyChild(await onlyChild(helper.pid, alive), alive)
  const path = (inner: string) => `/proc/${pid}/root${inner}`
  return {
    name,
    pid,
    path,
    read: (inner) => readFileSync(path(inner), 'utf8'),
    write(inner, text, mode = 0o644) {
      mkdirSync(dirname(path(inner)), { recursive: true })
      const temporary = path(`${dirname(inner)}/.${process.pid}.new`)
      writeFileSync(temporary, text, { mode })
      renameSync(temporary, path(inner))
    },
    remove: (inner) => rmSync(path(inner), { recursive: true, force: true }),
    exec: (command, input) => runInside(pid, 'all', command, input),
    async run(command, input) {
      return succeed(command, await runInside(pid, 'all', command, input))
    },
    spawn: (label, command, env) => spawnInside(pid, `${name} ${label}`, command, env),
    async powerOff() {
      sendSignal(pid, 'SIGKILL')
      await helper.exited
    },
  }
}

function succeed(command: readonly string[], done: Completed): string {
  if (done.code === 0) return done.stdout
  throw new Error(`${command.join(' ')}: exit ${done.code}\n${done.stdout}${done.stderr}`)
}

/** Waits for the script's "ready"; fails with what it complained about. */
async function firstLine(
  stdout: ReadableStream<Uint8Array>,
  stderr: ReadableStream<Uint8Array>,
): Promise<void> {
  const reader = stdout.getReader()
  const { done } = await reader.read()
  reader.releaseLock()
  if (done) throw new Error(`a namespace could not be made: ${await new Response(stderr).text()}`)
}
