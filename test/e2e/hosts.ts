// The hosts of a rollout: as an installer leaves them, reached by ssh, with a mail system of their own.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Suite, suiteIn } from '../machines/images.ts'
import type { Layer, Machine } from '../machines/machine.ts'
import { createMachines, type Machines, type MachinesOptions } from '../machines/machines.ts'

/** Those of inventory/example, and one that is added later. */
export const SERVERS = ['ns1', 'ns2', 'ns3', 'ns4'] as const
export const NEWCOMER = 'ns5'
/** The one that has a node_exporter. */
export const MEASURED = 'ns3'

/** Where Debian puts the mail of root, which is hostmaster's. */
const MAILBOX = '/var/mail/mail'
const MAIL_CEILING_MS = 60_000

const EXIM = `dc_eximconfig_configtype='local'
dc_other_hostnames='example.net'
dc_local_interfaces='127.0.0.1'
dc_use_split_config='false'
dc_localdelivery='mail_spool'
`

/** The fleet is on its way from one release of Debian to the next: some are there already. */
const ON_TRIXIE: readonly string[] = ['ns2', 'ns3']

function suiteOf(name: string): Suite {
  return suiteIn('HOLDFAST_MACHINES_SUITE') ?? (ON_TRIXIE.includes(name) ? 'trixie' : 'bookworm')
}

/**
 * Makes the disks that all hosts begin with, one for each release that they have: whoever has the key comes in, and mail is
 * delivered. Once, because to install a package on each of five costs five times as much.
 *
 * @param names the hosts
 */
export async function saveModels(
  names: readonly string[],
  publicKey: string,
  layer: Layer,
  folder: string,
): Promise<void> {
  const suites = [...new Set(names.map(suiteOf))]
  const machines = await createMachines({ names: suites, layer, suiteOf: (text) => text as Suite })
  try {
    mkdirSync(folder, { recursive: true })
    for (const model of machines.all) {
      await letIn(model, publicKey)
      await installMail(model)
      await model.powerOff()
      // As an installer leaves it: each host makes its own when it boots.
      writeFileSync(model.disk('/etc/machine-id'), '')
      await model.saveDisk(join(folder, model.name))
    }
  } finally {
    await machines.destroy()
  }
}

/**
 * Boots hosts.
 *
 * @param folder that of `saveModels`; disks in it that `saveDisks` saved are gone on with
 */
export function createHosts(
  folder: string,
  options: Omit<MachinesOptions, 'above' | 'suiteOf'>,
): Promise<Machines> {
  const above = (name: string) =>
    [join(folder, name), join(folder, suiteOf(name))].filter((disk) => existsSync(disk))
  return createMachines({ ...options, above, suiteOf })
}

/** Switches hosts off, and saves their disks beside the models'. */
export async function saveDisks(hosts: Machines, folder: string): Promise<void> {
  for (const host of hosts.all) {
    await host.powerOff()
    await host.saveDisk(join(folder, host.name))
  }
}

/** Whoever has the key comes in by ssh, and apt knows what there is. */
export async function letIn(host: Machine, publicKey: string): Promise<void> {
  await host.run(['install', '-d', '-m', '0700', '/root/.ssh'])
  host.write('/root/.ssh/authorized_keys', publicKey, 0o600)
  await host.run(['apt-get', '-qq', 'update'])
  await host.run(['systemctl', 'start', 'ssh'])
}

async function install(host: Machine, name: string): Promise<void> {
  const apt = ['apt-get', '-y', '-qq', '--no-install-recommends', 'install', name]
  await host.run(['env', 'DEBIAN_FRONTEND=noninteractive', ...apt])
}

export async function installExporter(host: Machine): Promise<void> {
  await install(host, 'prometheus-node-exporter')
}

/** Debian's own mail system, which takes mail for hostmaster@example.net. */
export async function installMail(host: Machine): Promise<void> {
  host.write('/etc/exim4/update-exim4.conf.conf', EXIM)
  host.write('/etc/mailname', `${host.name}\n`)
  await install(host, 'exim4-daemon-light')
}

/** What has arrived for hostmaster@example.net. */
export function readMail(host: Machine): string {
  try {
    return host.read(MAILBOX)
  } catch {
    return ''
  }
}

export async function untilMail(host: Machine, said: RegExp): Promise<void> {
  const deadlineMs = Date.now() + MAIL_CEILING_MS
  while (!said.test(readMail(host))) {
    if (Date.now() > deadlineMs)
      throw new Error(`no mail like ${said} on ${host.name}:\n${readMail(host)}`)
    await Bun.sleep(100)
  }
}
