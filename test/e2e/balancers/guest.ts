// A load balancer as a rollout finds it: a Debian host in qemu, whose kernel has IPVS, on the machines' switch.
import { type LabProcess, spawnInside } from '../../lab/process.ts'
import type { Fleet } from '../../machines/fleet.ts'
import { folderBy } from '../../machines/images.ts'
import { COMPUTER, KERNEL_WORDS, MEMORY_MIB, QEMU } from './computer.ts'

export interface GuestSpec {
  readonly name: string
  /** The last part of its addresses: 21 for 192.0.2.21 and 2001:db8::21. */
  readonly number: number
  /** Who may come in by ssh. */
  readonly publicKey: string
}

/**
 * Its disk is a copy in memory. Files are written to it before it is mounted, since the first thing
 * that it does is boot as any Debian host; named and keepalived are there, and do not run.
 */
const SCRIPT = `
set -e
image=$1 name=$2 number=$3 key=$4 qemu=$5 memory=$6
folder=/run/guests/$name
mkdir -p "$folder"
cd "$folder"
cp --sparse=always "$image/disk" disk
echo "$name" >hostname
printf '127.0.0.1 localhost\\n::1 localhost\\n192.0.2.%s %s\\n' "$number" "$name" >hosts
printf '%s\\n' "$key" >authorized_keys
cat >interfaces <<END
auto lo eth0
iface lo inet loopback
iface eth0 inet static
  address 192.0.2.$number/24
iface eth0 inet6 static
  address 2001:db8::$number/64
  dad-attempts 0
  accept_ra 0
END
debugfs -w -f - disk >/dev/null 2>&1 <<END
rm /etc/network/interfaces
write interfaces /etc/network/interfaces
rm /etc/hosts
write hosts /etc/hosts
rm /etc/hostname
write hostname /etc/hostname
mkdir /root/.ssh
write authorized_keys /root/.ssh/authorized_keys
END
ip tuntap add dev "tap$number" mode tap
ip link set "tap$number" master br0 up
exec ${COMPUTER} \\
  -append "${KERNEL_WORDS} net.ifnames=0 rw rootwait init=/usr/lib/systemd/systemd systemd.mask=named.service systemd.mask=chrony.service systemd.wants=ssh.service" \\
  -device nvme,id=disks,serial=disks \\
  -drive "if=none,id=root,file=disk,format=raw,cache=unsafe" \\
  -device nvme-ns,drive=root,bus=disks,nsid=1 \\
  -netdev "tap,id=cable,ifname=tap$number,script=no,downscript=no" \\
  -device "virtio-net-pci,netdev=cable,mac=02:00:5e:00:53:$number" \\
  -chardev stdio,id=console,signal=off -serial chardev:console
`

/** Switches it on; it is there once ssh answers, after a minute of a busy computer's time. */
export async function bootGuest(fleet: Fleet, spec: GuestSpec): Promise<LabProcess> {
  const { name, number, publicKey } = spec
  const image = await folderBy('build/guest-image')
  const values = [image, name, String(number), publicKey.trim(), QEMU]
  const script = ['bash', '-c', SCRIPT, 'guest', ...values, String(MEMORY_MIB)]
  return spawnInside(fleet.pid, name, script)
}
