// Puts holdfast on a machine by hand, as its roles do: executable, user, folders, units, configuration.
import { relative } from 'node:path'
import { chooseHoldfast } from '../lab/holdfast.ts'
import { REPOSITORY } from '../lab/namespace.ts'
import type { Machine } from './machine.ts'

/** The repository as a machine sees it. */
const HERE = '/srv/holdfast'
const HOLDFAST = '/usr/local/bin/holdfast'

/** Where each file of the roles goes. */
const UNIT_FILES: Readonly<Record<string, string>> = {
  'roles/holdfast/files/holdfast.sysusers.conf': '/usr/lib/sysusers.d/holdfast.conf',
  'roles/holdfast/files/holdfast.tmpfiles.conf': '/usr/lib/tmpfiles.d/holdfast.conf',
  'roles/holdfast/files/holdfast.service': '/etc/systemd/system/holdfast.service',
  'roles/holdfast/files/holdfast-loopback.service': '/etc/systemd/system/holdfast-loopback.service',
  'roles/keepalived/files/holdfast.conf': '/etc/systemd/system/keepalived.service.d/holdfast.conf',
  'roles/bind/files/holdfast.conf': '/etc/systemd/system/named.service.d/holdfast.conf',
}

/** Nothing is started or enabled by it. */
export async function installHoldfast(machine: Machine): Promise<void> {
  await layExecutable(machine, HOLDFAST)
  for (const [source, path] of Object.entries(UNIT_FILES))
    await machine.run(['install', '-D', '-m', '0644', `${HERE}/${source}`, path])
  await machine.run(['systemd-sysusers'])
  await machine.run(['systemd-tmpfiles', '--create', 'holdfast.conf'])
  await machine.run(['systemctl', 'daemon-reload'])
}

/** The one in dist/ unless a source file is newer than it; then the source, under its runtime. */
export async function layExecutable(machine: Machine, path: string): Promise<void> {
  const source = `${HERE}/dist/holdfast`
  if (chooseHoldfast() === 'built') {
    await machine.run(['install', '-m', '0755', source, path])
    return
  }
  const runtime = relative(REPOSITORY, process.execPath)
  if (runtime.startsWith('..')) throw new Error(`run this by the runtime in ${REPOSITORY}`)
  const wrapper = `#!/bin/sh\nexec ${HERE}/${runtime} ${HERE}/src/main.ts "$@"\n`
  machine.write(path, wrapper, 0o755)
}
