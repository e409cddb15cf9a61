// A booted machine: systemd as its first process, a disk of its own, a cable to the switch.
import { type Inside, insideOf } from '../lab/inside.ts'
import { REPOSITORY } from '../lab/namespace.ts'
import { childrenOf, enter, onlyChild, sendSignal } from '../lab/process.ts'
import { createTranscript, type Transcript } from '../lab/transcript.ts'
import { isFirstProcess } from './first-process.ts'
import type { Fleet } from './fleet.ts'
import type { Suite } from './images.ts'

/** What is on a machine's disk before anything is written to it; see build/machine-images. */
export type Layer = 'base' | 'ready'

export interface Machine extends Inside {
  readonly name: string
  /** Its own addresses, which it gives to its eth0 by itself when it boots. */
  readonly v4: string
  readonly v6: string
  /** The first process as the test process sees it; fails while the machine is off. */
  readonly pid: number
  /** What it said on its console since it was made. */
  readonly console: Transcript
  /** Where the disk is found from outside, also while the machine is off; not /run, /tmp or /proc. */
  disk(path: string): string
  /** Switches it on, and waits until systemd has started everything, or tried to. */
  boot(): Promise<void>
  /** Has it reboot itself, in good order, and waits as `boot` does. */
  reboot(): Promise<void>
  /** Pulls the plug: no program gets to say goodbye, and the link is down at once. */
  powerOff(): Promise<void>
  /** Copies what was written to the disk, while the machine is off, for others to boot `above` its layer. */
  saveDisk(folder: string): Promise<void>
}

export interface MachineSpec {
  readonly name: string
  /** 0 for 192.0.2.11 and 2001:db8::11, 1 for 192.0.2.12 and so on. */
  readonly index: number
  readonly layer: Layer
  readonly suite: Suite
  /** Folders with what is on its disk beside the layer, the uppermost first: disks that were saved. */
  readonly above?: readonly string[] | undefined
}

/**
 * Whoever enters a machine from outside is root on the whole computer, and could set its clock. This
 * leaves behind what the machine itself may not do either (CapBnd of its first process).
 */
export const AS_ROOT_OF_THE_MACHINE = [
  'setpriv',
  `--bounding-set=${[
    ...['sys_time', 'sys_module', 'sys_rawio', 'sys_pacct', 'sys_resource', 'ipc_lock', 'syslog'],
    ...['mac_override', 'mac_admin', 'wake_alarm', 'block_suspend', 'audit_read'],
    ...['perfmon', 'bpf', 'checkpoint_restore'],
  ]
    .map((name) => `-${name}`)
    .join(',')}`,
]

/** Longer than any boot takes, even where nine others compile. */
const BOOT_CEILING_MS = 120_000
/** A bus that is not there yet refuses at once, and there is no event for its arrival. */
const LOOK_EVERY_MS = 25

/**
 * Mounts the disk: what is written goes to memory, and goes with the fleet. Of a saved disk, /etc is in memory from the
 * beginning: a file has other attributes on this computer's disk (lsattr), and who keeps a copy of it with its
 * attributes, as Ansible does, cannot set them there.
 */
const DISK_SCRIPT = `
set -e
disk=/run/disk/$1
mkdir -p "$disk/upper" "$disk/work" "$disk/root"
[ -z "$3" ] || cp --archive "$3/etc" "$disk/upper"
mount -t overlay -o "lowerdir=$2,upperdir=$disk/upper,workdir=$disk/work" "$1" "$disk/root"
`

/**
 * Power on, and again after each reboot. A new network namespace each time, since a booting host
 * has no addresses. systemd-nspawn ends with 133 when the machine asks for a reboot, as it leaves
 * that to whoever started it (--keep-unit).
 *
 * The machine may not set the clock, load modules or change kernel settings outside of net: those
 * are this computer's. It runs at nice -10 for the reason that the lab's programs do.
 */
const POWER_SCRIPT = `
name=$1 group=$2 repository=$3 debian=$4 mac=$5 cpu=$6
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
mkdir -p "$group"
echo 0 > "$group/cgroup.procs"
[ -z "$cpu" ] || echo 0 > "$cpu/cgroup.procs"
cable() {
  ip netns delete "$name" 2>/dev/null
  ip link delete "$name" 2>/dev/null
  ip netns add "$name" && ip link add "$name" type veth peer name eth0 address "$mac" netns "$name" &&
    ip link set "$name" master br0 up
}
while :; do
  cable || exit 1
  nice -n -10 systemd-nspawn --quiet --boot --keep-unit --register=no \\
    --directory="/run/disk/$name/root" --machine="$name" --hostname="$name" \\
    --network-namespace-path="/run/netns/$name" --capability=CAP_NET_ADMIN \\
    --resolv-conf=off --timezone=off --link-journal=no --console=pipe \\
    --bind-ro="$repository:/srv/holdfast" --bind-ro="$debian:/srv/debian" </dev/null
  [ $? -eq 133 ] || exit 0
done
`

/** Unplugs the cable of a machine that has lost its power, and waits for the last of its processes. */
const OFF_SCRIPT = `
ip link delete "$1" 2>/dev/null
while [ -e "$2" ] && grep -q 'populated 1' "$2/cgroup.events"; do sleep 0.02; done
`

/** Gives a machine its disk. It is off until `boot`. */
export async function createMachine(fleet: Fleet, spec: MachineSpec): Promise<Machine> {
  const { name, layer, suite } = spec
  const images = fleet.images.get(suite)
  if (images === undefined) throw new Error(`this fleet has no machines of ${suite}`)
  const { base, ready, repository } = images
  const above = spec.above ?? []
  const lower = [...above, ...(layer === 'base' ? [] : [ready]), base]
  await fleet.run(['bash', '-c', DISK_SCRIPT, 'disk', name, lower.join(':'), above[0] ?? ''])
  const group = `${fleet.cgroup}/${name}`
  const log = createTranscript(`${name} console`)
  const addresses = { v4: `192.0.2.${11 + spec.index}`, v6: `2001:db8::${11 + spec.index}` }
  const mac = `02:00:5e:00:53:${(11 + spec.index).toString(16).padStart(2, '0')}`
  let power: Power | null = null

  const machine: Machine = {
    name,
    ...addresses,
    ...insideOf(name, () => machine.pid, AS_ROOT_OF_THE_MACHINE),
    console: log,
    get pid() {
      const pid = power === null ? null : leaderOf(power)
      if (pid === null) throw new Error(`${name} is switched off\n${log.tail(20)}`)
      return pid
    },
    disk: (path) => `/proc/${fleet.pid}/root/run/disk/${name}/root${path}`,
    async boot() {
      if (power !== null) throw new Error(`${name} is switched on already`)
      const mounts = [REPOSITORY, repository]
      const groups = [mac, fleet.cpuGroup ?? '']
      const script = ['bash', '-c', POWER_SCRIPT, 'power', name, group, ...mounts, ...groups]
      power = await switchOn(fleet, script, log)
      await untilBooted(machine, 0)
    },
    async reboot() {
      const before = machine.pid
      await machine.exec(['systemctl', 'reboot'])
      await untilBooted(machine, before)
    },
    async powerOff() {
      if (power === null) return
      const leader = leaderOf(power)
      sendSignal(power.script, 'SIGKILL')
      if (leader !== null) sendSignal(leader, 'SIGKILL')
      await power.ended
      power = null
      await fleet.run(['bash', '-c', OFF_SCRIPT, 'off', name, group])
    },
    async saveDisk(folder) {
      if (power !== null) throw new Error(`${name} is switched on`)
      await fleet.run(['cp', '--archive', `/run/disk/${name}/upper`, folder])
    },
  }
  await writeIdentity(machine)
  return machine
}

/** What an installer asks for: a name, an address. */
async function writeIdentity({ name, v4, v6, disk }: Machine): Promise<void> {
  await Bun.write(disk('/etc/hostname'), `${name}\n`)
  await Bun.write(disk('/etc/hosts'), `127.0.0.1 localhost\n::1 localhost\n${v4} ${name}\n`)
  const interfaces = [
    'source /etc/network/interfaces.d/*',
    'auto lo eth0',
    'iface lo inet loopback',
    `iface eth0 inet static\n  address ${v4}/24`,
    `iface eth0 inet6 static\n  address ${v6}/64\n  dad-attempts 0\n  accept_ra 0`,
  ]
  await Bun.write(disk('/etc/network/interfaces'), `${interfaces.join('\n')}\n`)
}

interface Power {
  /** The process that switches the machine on again when it reboots. */
  readonly script: number
  readonly ended: Promise<unknown>
}

async function switchOn(fleet: Fleet, script: string[], log: Transcript): Promise<Power> {
  const helper = Bun.spawn(enter(fleet.pid, 'all', script), {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
  })
  log.follow([helper.stdout, helper.stderr])
  return {
    script: await onlyChild(helper.pid, () => helper.exitCode === null),
    ended: helper.exited,
  }
}

/** The machine's first process, once there is one. */
function leaderOf(power: Power): number | null {
  const below = childrenOf(power.script).flatMap(childrenOf)
  return below.find(isFirstProcess) ?? null
}

/** @param before the first process that is about to go, for a reboot */
async function untilBooted(machine: Machine, before: number): Promise<void> {
  const deadlineMs = Date.now() + BOOT_CEILING_MS
  let said = 'no first process'
  while (Date.now() < deadlineMs) {
    const state = await stateOf(machine, before)
    if (state === 'running' || state === 'degraded') return
    said = state
    await Bun.sleep(LOOK_EVERY_MS)
  }
  throw new Error(`${machine.name} did not boot: ${said}\n${machine.console.tail(60)}`)
}

async function stateOf(machine: Machine, before: number): Promise<string> {
  try {
    if (machine.pid === before) return 'it has not gone down yet'
  } catch {
    return 'no first process'
  }
  const { stdout, stderr } = await machine.exec(['systemctl', 'is-system-running', '--wait'])
  return stdout.trim() || stderr.trim()
}
