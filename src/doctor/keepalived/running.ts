// What the running keepalived says of itself, beside what holdfast published for it.
import type { Config, InstanceConfig } from '../../config/config.ts'
import { BASE_PRIORITY, FAULT_VALUE } from '../../core/priority.ts'
import type { StatusDocument } from '../../documents/status-document.ts'
import type { RunningInstance } from '../../keepalived/dump.ts'
import { keepalivedCheck } from '../categories.ts'
import { type Check, ok, type Skip, skip, trouble } from '../doctor-check.ts'
import { lookAtStatus, statusFact } from '../facts/daemon-status.ts'
import { configFact, instancesIn } from '../facts/loaded-config.ts'
import { askForDump } from '../facts/running-dump.ts'
import type { Host } from '../host.ts'
import { DUPLICATE_SERVICE } from '../network/address-states.ts'
import { carriers } from './carriers.ts'
import { DROPPED } from './dropped.ts'
import { IN_FORCE } from './file.ts'
import { instancesFact, withExcluded } from './json-dump.ts'
import { FILES, FOLDER, trackFileNumber, WATCH } from './published.ts'
import { persistsFor } from './retry.ts'
import { PROGRAMS, SECURITY } from './scripts.ts'
import { log, reload, restart } from './service.ts'
import { ORDERED, SYNC } from './silent-misconfig.ts'
import { DEAD_MAN, FOLLOWS } from './tracking.ts'

/** Everything that would make keepalived deaf to what is published. */
const DEAF: readonly Check[] = [
  ...[IN_FORCE, ORDERED, SYNC, FOLLOWS, DEAD_MAN, SECURITY, PROGRAMS, DROPPED],
  ...[FOLDER, WATCH, FILES],
]

/** keepalived asks once a second or more often by default, and wants to hear "no" twice. */
const SETTLES_MS = 2500

export const EFFECTIVE = keepalivedCheck({
  code: 'H222',
  title: 'keepalived goes by the priorities that are published',
  severity: 'fail',
  takesSeconds: true,
  explainedBy: DEAF,
  needs: { config: configFact, instances: instancesFact, status: comparableFact },
  async judge({ config, instances }, host) {
    const lines = await differences(host, config, SETTLES_MS, otherPriorities)
    if (lines.length === 0) return ok(statesOf(instances))
    return trouble('keepalived goes by other priorities than those published.', lines, [
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
  return kind === 'fresh' || skip('there is no fresh status to compare with')
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
  return instances
    .map((instance) => `${instance.name} ${instance.state} ${instance.effectivePriority}`)
    .join(', ')
}

/** Everything as it is at this moment; nothing when it cannot be seen any more. */
async function observe(host: Host, config: Config): Promise<readonly Observation[]> {
  const dump = await askForDump(host)
  const status = await lookAtStatus(host)
  if (dump.kind === 'none' || status.kind !== 'fresh') return []
  const running = dump.instances.map(withExcluded)
  return instancesIn(config).map((instance) => {
    const path = `${config.paths.runDir}/priority/${instance.name}`
    const read = host.inspect.text(path)
    return {
      instance,
      carrying: carriers(instance, running).map((carrier) => carrier.running),
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
    // A server that may not serve fails its dead-man.
    if (isMeant || (!status.may_serve && isLeast(running))) return []
    return [
      `${path}: ${value}, which makes ${published}`,
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
  title: 'keepalived is MASTER exactly where this server holds the addresses',
  severity: 'fail',
  takesSeconds: true,
  explainedBy: [DUPLICATE_SERVICE],
  needs: { config: configFact, instances: instancesFact, status: comparableFact },
  async judge({ config, instances }, host) {
    const lines = await differences(host, config, MOVES_MS, otherHolding)
    if (lines.length === 0) return ok(statesOf(instances))
    return trouble('keepalived and the interfaces disagree on who holds the addresses.', lines, [
      'ip -brief address',
      'Remove what was added by hand with "ip address del", or have keepalived put it right:',
      ...(await restart(host)),
    ])
  },
})

function otherHolding({ instance, carrying, status }: Observation): readonly string[] {
  const seen = status.instances.find((instanceStatus) => instanceStatus.name === instance.name)
  if (seen === undefined || carrying.length === 0) return []
  if (carrying.some((runningInstance) => runningInstance.state === 'master') === seen.holding)
    return []
  return [
    ...carrying.map(
      (runningInstance) =>
        `keepalived: ${runningInstance.name} is ${runningInstance.state.toUpperCase()}`,
    ),
    `holdfast status: ${instance.name} is ${seen.holding ? 'held' : 'not held'} here, ${instance.addresses.join(' ')}`,
  ]
}
