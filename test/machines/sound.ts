// Sound hosts: booted machines with named, keepalived and holdfast as an operator would have them.
import type { LabProcess } from '../lab/process.ts'
import { SWITCH } from './fleet.ts'
import { installHoldfast } from './install.ts'
import type { Machine } from './machine.ts'
import { createMachines, type Machines } from './machines.ts'
import { startUpstream } from './upstream.ts'

export interface SoundOptions {
  /** The hosts, best first. */
  readonly names?: readonly string[]
  /** TOML to append to the configuration of all hosts. */
  readonly extraToml?: string
  /** How holdfast comes onto a host, and where to; by hand unless it is given. */
  readonly installation?: Installation
}

export interface Installation {
  readonly install: (machine: Machine) => Promise<void>
  /** What keepalived runs. */
  readonly program: string
}

export interface SoundHosts extends Machines {
  /** The "internet" that they forward to. */
  readonly upstream: LabProcess
}

/** One instance, recdns0, with these. */
export const SERVICE = ['192.0.2.53', '2001:db8::53'] as const
const CONFIG_PATH = '/etc/holdfast/holdfast.toml'

/** What the configuration is rendered to, in an order in which each can be tested. */
const RENDERED = {
  bind: '/etc/bind/holdfast.options',
  'bind-zone': '/etc/bind/holdfast.zone',
  keepalived: '/etc/keepalived/keepalived.conf',
  sysctl: '/etc/sysctl.d/90-holdfast.conf',
  loopback: '/etc/holdfast/loopback.ip',
}
const UNITS = ['holdfast-loopback', 'named', 'holdfast', 'keepalived']
const CEILING_MS = 60_000
const LOOK_EVERY_MS = 50

/** Boots hosts and configures them; returns when the first of them holds the service addresses. */
export async function createSoundHosts(options: SoundOptions = {}): Promise<SoundHosts> {
  const names = options.names ?? ['s1', 's2']
  const machines = await createMachines({ names, layer: 'ready' })
  try {
    const upstream = await startUpstream(machines.fleet)
    await Promise.all(machines.all.map((machine) => setUp(machine, machines.all, options)))
    await untilHeld(machines.all[0] as Machine)
    return { ...machines, upstream }
  } catch (error) {
    const story = machines.story()
    await machines.destroy()
    throw new Error(`the hosts did not come up: ${error}\n${story}`)
  }
}

async function setUp(
  machine: Machine,
  all: readonly Machine[],
  options: SoundOptions,
): Promise<void> {
  await (options.installation?.install ?? installHoldfast)(machine)
  machine.write(CONFIG_PATH, configuration(all, options))
  machine.write('/etc/holdfast/order/recdns', `${all.map((entry) => entry.name).join('\n')}\n`)
  writeNamedConf(machine)
  for (const [kind, path] of Object.entries(RENDERED))
    await machine.run(['holdfast', 'render-config', kind, '--output', path])
  await machine.run(['systemctl', 'restart', 'systemd-sysctl'])
  await machine.run(['systemctl', 'enable', '--quiet', ...UNITS])
  await machine.run(['systemctl', 'restart', ...UNITS])
}

function configuration(all: readonly Machine[], options: SoundOptions): string {
  const servers = all.map(
    ({ name, v4, v6 }) => `[servers.${name}]\naddresses = ["${v4}", "${v6}"]\n`,
  )
  const program = options.installation?.program
  return `[addresses]
service_addresses_on_loopback = true

[clusters.recdns.instances.recdns0]
addresses = ["${SERVICE[0]}/24", "${SERVICE[1]}/64"]
virtual_router_id = 53

[keepalived]
interface = "eth0"
${program === undefined ? '' : `holdfast_path = "${program}"\n`}
[checks.internet]
kind = "upstream"
probes = [
  { question = "holdfast-{random}.com A", rcode = "NXDOMAIN" },
  { question = "holdfast-{random}.org A", rcode = "NXDOMAIN" },
  { question = "holdfast-{random}.de A", rcode = "NXDOMAIN" },
]
quorum = 2

${servers.join('\n')}
${options.extraToml ?? ''}`
}

/** Debian's own named.conf includes these two. */
function writeNamedConf(machine: Machine): void {
  machine.write(
    '/etc/bind/named.conf.options',
    `options {
  directory "/var/cache/bind";
  recursion yes;
  allow-query { any; };
  allow-recursion { any; };
  forward only;
  forwarders { ${SWITCH.v4}; };
  dnssec-validation no;
  include "/etc/bind/holdfast.options";
};
`,
  )
  machine.write('/etc/bind/named.conf.local', 'include "/etc/bind/holdfast.zone";\n')
  machine.write('/etc/resolv.conf', 'nameserver 127.0.0.1\n')
}

/** The addresses that a machine has on interfaces other than loopback. */
export async function heldBy(machine: Machine): Promise<string[]> {
  const text = await machine.run(['ip', '-o', 'address', 'show', 'scope', 'global'])
  const lines = text.split('\n').filter((line) => line !== '' && !/^\d+: lo\s/.test(line))
  return lines.map((line) => /\sinet6? ([^/\s]+)/.exec(line)?.[1] ?? '')
}

/** Waits until a machine has all service addresses on the wire, or none of them. */
export async function untilHeld(machine: Machine, holds = true): Promise<void> {
  const deadlineMs = Date.now() + CEILING_MS
  while (Date.now() < deadlineMs) {
    const held = await heldBy(machine)
    if (SERVICE.every((address) => held.includes(address) === holds)) return
    await Bun.sleep(LOOK_EVERY_MS)
  }
  const journal = await machine.exec(['journalctl', '--no-pager', '-n', '60'])
  const what = holds ? 'never held' : 'never gave up'
  throw new Error(`${machine.name} ${what} ${SERVICE.join(' ')}\n${journal.stdout}`)
}
