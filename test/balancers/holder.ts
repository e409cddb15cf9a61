// The process that a guest hangs on: it makes a disk of this repository, and holds qemu.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { COMPUTER, KERNEL_WORDS, MEMORY_MIB } from './computer.ts'
import { QEMU } from './environment.ts'

const REPOSITORY = resolve(import.meta.dir, '../..')

/**
 * It holds qemu until file descriptor 3 closes, which the kernel does for us when the test process
 * ends, whatever ended it. With it ends its process-id namespace, and with its mounts go the disk
 * and the pipe. A file that vanishes or makes no sense is no failure: an editor may be at work.
 */
const SCRIPT = `
set -e
image=$1 repository=$2 memory=$3 qemu=$4 modules=$5 bun=$6
exec 4<&0 </dev/null
mount -t tmpfs -o mode=0700 guest /mnt
mkdir /mnt/holdfast
cd "$repository"
cp -a --parents src test package.json tsconfig.json $modules /mnt/holdfast || :
"$bun" build src/main.ts --target=bun --minify --splitting --outdir /mnt/holdfast/bundle >/dev/null || :
mkfs.ext4 -q -O ^has_journal -m 0 -d /mnt/holdfast /mnt/disk 64M >/dev/null
rm -rf /mnt/holdfast
mkfifo /mnt/console
cat /mnt/console >&2 &
${COMPUTER} \\
  -append "${KERNEL_WORDS} ro rootwait init=/sbin/guest-init" \\
  -device nvme,id=disks,serial=disks \\
  -drive "if=none,id=root,file=$image/disk,format=raw,readonly=on" \\
  -device nvme-ns,drive=root,bus=disks,nsid=1 \\
  -drive "if=none,id=repository,file=/mnt/disk,format=raw,readonly=on" \\
  -device nvme-ns,drive=repository,bus=disks,nsid=2 \\
  -chardev file,id=console,path=/mnt/console -serial chardev:console \\
  -chardev stdio,id=agent,signal=off -device virtio-serial,max_ports=2 \\
  -device virtserialport,chardev=agent,nr=1 <&4 3<&- &
exec 4<&- >&-
cat <&3 >/dev/null &
wait -n
`

const UNSHARE = [
  ...['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child'],
  ...['--mount-proc', '--propagation', 'private', '--'],
]

/**
 * Starts qemu: its standard input and output are the line to the agent, its standard error is what
 * the guest's kernel prints.
 *
 * @param image the folder that build/guest-image printed
 */
export function startHolder(image: string) {
  const modules = productionModules().join(' ')
  const values = [image, REPOSITORY, String(MEMORY_MIB), QEMU, modules, process.execPath]
  return Bun.spawn([...UNSHARE, 'bash', '-c', SCRIPT, 'guest', ...values], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
}

/** The folder of the guest's kernel and disk, which are made if need be. */
export async function guestImage(): Promise<string> {
  const build = Bun.spawn([join(REPOSITORY, 'build/guest-image')], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr, code] = await Promise.all([
    new Response(build.stdout).text(),
    new Response(build.stderr).text(),
    build.exited,
  ])
  if (code !== 0) throw new Error(`build/guest-image: exit ${code}\n${stderr}`)
  return stdout.trim()
}

/** The folders of the npm packages that src/ needs to run. */
function productionModules(): string[] {
  const lock = JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean }>
  }
  return Object.entries(lock.packages)
    .filter(([path, it]) => path !== '' && it.dev !== true && !it.devOptional && !it.optional)
    .map(([path]) => path)
}
