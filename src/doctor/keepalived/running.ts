// What the running keepalived says of itself, beside what holdfast published for it, and instances in FAULT.
import type { Config, InstanceConfig } from '../../config/config.ts'
import { BASE_PRIORITY, FAULT_VALUE } from '../../core/priority.ts'
import type { StatusDocument } from '../../documents/status-document.ts'
import type { RunningInstance } from '../../keepalived/dump.ts'
import { keepalivedCheck } from '../categories.ts'
import { type DoctorCheck, isSkip, ok, type Skip, skip, trouble } from '../doctor-check.ts'
import { isUp, type Link, linkNamed, linksFact } from '../facts/ip-command.ts'
import { carriers } from '../facts/keepalived-model.ts'
import { askForDump } from '../facts/keepalived-program.ts'
import { configFact, instancesIn } from '../facts/loaded-config.ts'
import { lookAtStatus, statusFact } from '../facts/running-daemon.ts'
import { type Host, persistsFor, textOr } from '../host.ts'
import { DUPLICATE_SERVICE } from '../network/address-states.ts'
import { shell } from '../shell.ts'
import { IN_FORCE } from './file.ts'
import { instancesFact } from './installed.ts'
import { FILES, FOLDER, trackFileNumber, WATCH } from './published.ts'
import { DROPPED, PROGRAMS, SECURITY } from './scripts.ts'
import { log, reload, restart } from './service.ts'
import { ORDERED, SOURCE, SYNC } from './silent-misconfig.ts'
import { DEAD_MANS_SWITCH, FOLLOWS } from './tracking.ts'

/** Everything that would make keepalived deaf to what is published. */
const DEAF: readonly DoctorCheck[] = [
  ...[IN_FORCE, ORDERED, SYNC, FOLLOWS, DEAD_MANS_SWITCH, SECURITY, PROGRAMS, DROPPED],
  ...[FOLDER, WATCH, FILES],
]

/** keepalived asks once a second or more often by default, and wants to hear "no" twice. */
const SETTLES_MS = 2500

export const EFFECTIVE = keepalivedCheck({
  code: 'H222',
  title: 'Effective priority equals the published priority',
  severity: 'fail',
  takesSeconds: true,
  explainedBy: DEAF,
  needs: { config: configFact, instances: instancesFact, status: comparableFact },
  async judge({ config, instances }, host) {
    const lines = await differences(host, config, SETTLES_MS, otherPriorities)
    if (lines.length === 0) return ok(statesOf(instances))
    return trouble('Effective priority in keepalived differs from the published priority', lines, [
      'holdfast check; echo "exit code $?"',
      await log(host),
      await reload(host),
    ])
  },
})

/** An instance of the configuration, what carries it in keepalived, and what the daemon says. */
interface Observation {
  readonly instance: InstanceConfig
  readonly carrying: readonly RunningInstance[]
  readonly status: StatusDocument
  /** What the instance's priority file holds, and where it is. */
  readonly path: string
  readonly value: number | null
}

async function comparableFact(host: Host): Promise<true | Skip> {
  const { kind } = await statusFact(host)
  return kind === 'fresh' || skip('no fresh status to compare with')
}

/** Looks at every instance until keepalived and the daemon agree, or the time is over. */
function differences(
  host: Host,
  config: Config,
  forMs: number,
  compare: (observed: Observation) => readonly string[],
): Promise<readonly string[]> {
  return persistsFor(host, forMs, async () => (await observe(host, config)).flatMap(compare))
}

function statesOf(instances: readonly RunningInstance[]): string {
  const told = instances.map((one) => `${one.name} ${one.state} ${one.effectivePriority}`)
  return told.join(', ')
}

/** Everything as it is at this moment; nothing when it cannot be seen any more. */
async function observe(host: Host, config: Config): Promise<readonly Observation[]> {
  const dump = await askForDump(host)
  const status = await lookAtStatus(host)
  if (dump.kind === 'none' || status.kind !== 'fresh') return []
  return instancesIn(config).map((instance) => {
    const path = `${config.paths.runDir}/priority/${instance.name}`
    const read = host.inspect.text(path)
    return {
      instance,
      carrying: carriers(instance, dump.instances),
      status: status.document,
      path,
      value: read.ok ? trackFileNumber(read.value) : null,
    }
  })
}

function otherPriorities({ carrying, status, path, value }: Observation): readonly string[] {
  if (value === null || value <= FAULT_VALUE) return []
  return carrying.flatMap((running) => {
    if (running.state === 'fault') return []
    const published = clamp(value + BASE_PRIORITY, running.basePriority)
    const isMeant = running.effectivePriority === published
    // A server that may not serve fails its dead man's switch.
    if (isMeant || (!status.may_serve && isLeast(running))) return []
    return [
      `${path}: ${value}, which gives priority ${published}`,
      `keepalived: ${running.name} has the effective priority ${running.effectivePriority}`,
    ]
  })
}

/** As keepalived does; in script mode the base is what a server in no slot is worth. */
function clamp(priority: number, base: number): number {
  return Math.min(254, Math.max(base, priority))
}

function isLeast({ effectivePriority, basePriority }: RunningInstance): boolean {
  return effectivePriority <= basePriority
}

/** The daemon hears of addresses at once, and keepalived takes over within a second. */
const MOVES_MS = 1500

export const HOLDING = keepalivedCheck({
  code: 'H224',
  title: 'keepalived is MASTER exactly where addresses are held',
  severity: 'fail',
  takesSeconds: true,
  explainedBy: [DUPLICATE_SERVICE],
  needs: { config: configFact, instances: instancesFact, status: comparableFact },
  async judge({ config, instances }, host) {
    const lines = await differences(host, config, MOVES_MS, otherHolding)
    if (lines.length === 0) return ok(statesOf(instances))
    return trouble('keepalived and the interfaces disagree about who holds the addresses', lines, [
      'ip -brief address',
      '# Remove an address that was added by hand with "ip address del", or restart keepalived:',
      ...(await restart(host)),
    ])
  },
})

function otherHolding({ instance, carrying, status }: Observation): readonly string[] {
  const seen = status.instances.find(({ name }) => name === instance.name)
  if (seen === undefined || carrying.length === 0) return []
  if (carrying.some(({ state }) => state === 'master') === seen.holding) return []
  return [
    ...carrying.map(({ name, state }) => `keepalived: ${name} is ${state.toUpperCase()}`),
    `holdfast status: ${instance.name} is ${seen.holding ? 'held' : 'not held'} here, ${instance.addresses.join(' ')}`,
  ]
}

export const FAULT = keepalivedCheck({
  code: 'H223',
  title: 'No instance is in FAULT unless isolated',
  severity: 'fail',
  explainedBy: [SYNC, SOURCE],
  needs: { config: configFact, instances: instancesFact },
  async judge({ config, instances }, host) {
    const faulty = instances.filter((instance) => instance.state === 'fault')
    if (faulty.length === 0)
      return ok(instances.map((instance) => `${instance.name} ${instance.state}`).join(', '))
    const ordered = faulty.filter((instance) => isOrdered(instance, config, host))
    if (ordered.length === faulty.length) {
      return ok(`isolated on purpose: ${ordered.map((instance) => instance.name).join(', ')}`)
    }
    const links = await linksFact(host)
    if (isSkip(links)) return links
    const strange = faulty.filter((instance) => !ordered.includes(instance))
    const down = strange.find((instance) => isDown(links, instance.interface))
    if (down !== undefined && strange.every((instance) => isDown(links, instance.interface))) {
      return skip(`${down.interface} is down or missing: see the network checks`)
    }
    const names = strange.map((instance) => instance.name).join(', ')
    const tracked = new Set(strange.flatMap((instance) => instance.trackedInterfaces))
    return trouble(
      `${names} is in FAULT, although this server is not isolated`,
      strange.flatMap((instance) => whyFault(instance, links)),
      [await log(host), ...[...tracked].flatMap((name) => bringUp(links, name))],
    )
  },
})

function isOrdered(running: RunningInstance, config: Config, host: Host): boolean {
  const own = instancesIn(config).filter((one) => carriers(one, [running]).length > 0)
  return own.some(({ name }) => {
    const text = textOr(host.inspect.text(`${config.paths.runDir}/priority/${name}`))
    return trackFileNumber(text) === FAULT_VALUE
  })
}

/** One that is up and has no carrier cannot be helped from here. */
function bringUp(links: readonly Link[], name: string): string[] {
  const flags = linkNamed(links, name)?.flags ?? []
  if (!flags.includes('UP')) return [shell`ip link set ${name} up`]
  if (flags.includes('LOWER_UP')) return []
  return [`# ${name} has no carrier: check its cable and the switch port.`]
}

function isDown(links: readonly Link[], name: string | null): boolean {
  const link = linkNamed(links, name)
  return link === undefined || !isUp(link)
}

function whyFault(running: RunningInstance, links: readonly Link[]): string[] {
  const { name, interface: own, trackedInterfaces } = running
  const interfaces = [...(own === null ? [] : [own]), ...trackedInterfaces]
  return [
    `keepalived: ${name} is in FAULT on ${own ?? 'a missing interface'}`,
    ...interfaces.map((text) => describe(links, text)),
    ...running.scripts.map((script) => `it tracks ${script}`),
  ]
}

function describe(links: readonly Link[], name: string): string {
  const link = linkNamed(links, name)
  return link === undefined ? `${name} does not exist` : `${name}: ${link.flags.join(',')}`
}
