// The hosts of a rollout: as an installer leaves them, reached by ssh, with a mail system of their own.
import type { Layer, Machine } from '../machines/machine.ts'
import { createMachines, type Machines } from '../machines/machines.ts'

/** Those of inventory/example, and one that is added later. */
export const SERVERS = ['recdns-cnh', 'recdns-rnb', 'recdns-sby', 'recdns-wcdc'] as const
export const NEWCOMER = 'recdns-new'
/** The one that has a node_exporter. */
export const MEASURED = 'recdns-sby'

/** Where Debian puts the mail of root, which is hostmaster's. */
const MAILBOX = '/var/mail/mail'
const MAIL_CEILING_MS = 60_000

const EXIM = `dc_eximconfig_configtype='local'
dc_other_hostnames='example.net'
dc_local_interfaces='127.0.0.1'
dc_use_split_config='false'
dc_localdelivery='mail_spool'
`

/** Boots hosts that let in whoever has the key; nothing else is done to them. */
export async function createHosts(publicKey: string, layer: Layer): Promise<Machines> {
  const machines = await createMachines({ names: [...SERVERS, NEWCOMER], layer })
  try {
    await Promise.all(machines.all.map((host) => letIn(host, publicKey)))
    return machines
  } catch (error) {
    await machines.destroy()
    throw error
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
