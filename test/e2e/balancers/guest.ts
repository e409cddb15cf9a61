// A load balancer as a rollout finds it: a Debian host whose kernel has IPVS, on the machines' switch.
import { findKernel, ON_ONE_PROCESSOR, umlCommand } from '../../balancers/uml.ts'
import { type LabProcess, spawnInside } from '../../lab/process.ts'
import type { Fleet } from '../../machines/fleet.ts'

export interface GuestSpec {
  readonly name: string
  /** The last part of its addresses: 21 for 192.0.2.21 and 2001:db8::21. */
  readonly number: number
  /** Who may come in by ssh. */
  readonly publicKey: string
}

/**
 * What it boots from is read-only: a bare Debian host, the kernel's modules, Debian packages, and the
 * files by which this host differs from others. What it writes is in its own memory.
 */
const SCRIPT = `
set -e
base=$1 repository=$2 modules=$3 first=$4 name=$5 number=$6 key=$7
shift 7
mkdir -p "/run/guests/$name"
cd "/run/guests/$name"
mkdir -p root memory layer/etc/network layer/root/.ssh layer/srv/debian layer/usr/lib/modules
echo "$name" >layer/etc/hostname
printf '127.0.0.1 localhost\\n::1 localhost\\n192.0.2.%s %s\\n' "$number" "$name" >layer/etc/hosts
printf '%s\\n' "$key" >layer/root/.ssh/authorized_keys
chmod 700 layer/root layer/root/.ssh
install -m 755 "$first" layer/first-process
cat >layer/etc/network/interfaces <<END
auto lo eth0
iface lo inet loopback
iface eth0 inet static
  address 192.0.2.$number/24
iface eth0 inet6 static
  address 2001:db8::$number/64
  dad-attempts 0
  accept_ra 0
END
mount -t overlay -o "lowerdir=$PWD/layer:$base" root root
mount --bind "$modules" root/usr/lib/modules
mount --bind "$repository" root/srv/debian
ip tuntap add dev "tap$number" mode tap
ip link set "tap$number" master br0 up
${ON_ONE_PROCESSOR}
export TMPDIR=$PWD/memory
exec "$@" </dev/null
`

/** Switches it on; it is there once ssh answers, after some seconds. */
export async function bootGuest(fleet: Fleet, spec: GuestSpec): Promise<LabProcess> {
  const { name, number, publicKey } = spec
  const { base, repository } = fleet.images.bookworm
  const kernel = await findKernel()
  const first = `${import.meta.dir}/first-process`
  const values = [base, repository, kernel.modules, first, name, String(number), publicKey.trim()]
  const uml = umlCommand(kernel, `/run/guests/${name}`, [
    ...['ro', 'init=/first-process'],
    `vec0:transport=tap,ifname=tap${number},mac=02:00:5e:00:53:${number}`,
    ...['getty@tty1', 'systemd-udev-trigger'].map((it) => `systemd.mask=${it}.service`),
    'systemd.wants=ssh.service',
  ])
  return spawnInside(fleet.pid, name, ['bash', '-c', SCRIPT, 'guest', ...values, ...uml])
}
