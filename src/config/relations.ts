// Rules between keys: what can only be judged with several values in sight.
import { isRandom, RANDOM } from '../dns/probe.ts'
import { checkServed } from './address-rules.ts'
import { checkBalancer } from './balancer-rules.ts'
import {
  checkVrrp,
  type InstanceAt,
  instancesOf,
  type ServiceAddressAt,
  serviceAddressesOf,
} from './keepalived-rules.ts'
import { checkMetrics } from './metrics-table.ts'
import { checkNotify } from './notify-rules.ts'
import type { PartialDocument } from './schema.ts'
import {
  type ErrorCode,
  type KeyPath,
  type LineOf,
  type PlacedComplaint,
  quoted,
} from './text/complaint.ts'
import { createServerNames } from './values/name.ts'

/**
 * Codes of complaints about something that is not there. Where part of a text could not be read
 * they may be wrong, so they are then kept back.
 */
export const ABSENCE_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'E_NO_CLUSTER',
  'E_MISSING_KEY',
  'E_EMPTY',
  'E_QUORUM',
  'E_UPSTREAM_ONLY',
  'E_BACKOFF',
  'E_FAILBACK_DELAY',
  'E_HOLDER_TOLERANCE',
  'E_RISE_HOLDER',
  'E_RETRY',
  'E_BALANCER_ONLY',
  'E_NOT_MOVED',
  'E_RENDER',
])

/** All complaints about how values go together. */
export function checkRelations(document: PartialDocument, lineOf: LineOf): PlacedComplaint[] {
  return [
    ...checkPresence(document),
    ...checkServiceAddresses(document, lineOf),
    ...checkInstanceNames(document, lineOf),
    ...checkServerNames(document, lineOf),
    ...checkGroups(document),
    ...checkRiseHolder(document),
    ...checkStartCommand(document),
    ...checkNotify(document.notify, document.balancer !== undefined),
    ...checkMetrics(document.metrics, document.paths?.runDir),
    ...checkVrrp(document, lineOf),
    ...checkServed(document),
    ...checkBalancer(document, lineOf),
  ]
}

/** A server that has two tables would be asked, and counted, twice. */
function checkServerNames(document: PartialDocument, lineOf: LineOf): PlacedComplaint[] {
  const { servers = {}, balancer } = document
  const services = Object.entries(balancer?.services ?? {})
  const places: (readonly [KeyPath, object])[] = [
    [['servers'], servers],
    ...services.map(([name, service]) => {
      return [['balancer', 'services', name, 'servers'], service?.servers ?? {}] as const
    }),
  ]
  return places.flatMap(([path, tables]) => {
    const namedBefore = createServerNames<string>()
    return Object.keys(tables).flatMap((name): PlacedComplaint[] => {
      const first = namedBefore(name, name)
      if (first === null) return []
      const where = `${quoted(first)} on line ${lineOf([...path, first])}`
      const text = `the server ${quoted(name)} is ${where}: case makes no difference, nor what follows the first dot of one`
      const hint = 'remove one of the two, or write both full names'
      return [{ code: 'E_DUPLICATE_SERVER', path: [...path, name], at: 'key', text, hint }]
    })
  })
}

function checkPresence(document: PartialDocument): PlacedComplaint[] {
  const { clusters } = document
  if (clusters === undefined) return []
  const complaints: PlacedComplaint[] = []
  if (Object.keys(clusters).length === 0) {
    const text = 'there is no cluster: nothing to decide about'
    const hint = 'add [clusters.NAME.instances.NAME] with addresses = ["…"]'
    complaints.push({ code: 'E_NO_CLUSTER', path: ['clusters'], at: 'key', text, hint })
  }
  for (const [cluster, table] of Object.entries(clusters)) {
    if (table?.instances === undefined || Object.keys(table.instances).length > 0) continue
    const text = `the cluster ${quoted(cluster)} has no instance`
    const hint = `add [clusters.${cluster}.instances.NAME] with addresses = ["…"]`
    complaints.push({ code: 'E_MISSING_KEY', path: ['clusters', cluster], at: 'key', text, hint })
  }
  for (const { name, path, table } of instancesOf(document)) {
    if (table.addresses === undefined || table.addresses.length > 0) continue
    const text = `instance ${quoted(name)} has no service address`
    const hint = 'write addresses = ["192.0.2.53"] with the addresses that clients ask'
    complaints.push({ code: 'E_MISSING_KEY', path, at: 'key', text, hint })
  }
  return complaints
}

function checkServiceAddresses(document: PartialDocument, lineOf: LineOf): PlacedComplaint[] {
  const firsts = new Map<string, ServiceAddressAt>()
  return serviceAddressesOf(document).flatMap((at): PlacedComplaint[] => {
    const { address, path } = at
    const first = firsts.get(address)
    if (first === undefined) {
      firsts.set(address, at)
      return []
    }
    const where = `instance ${quoted(first.instance)} has it on line ${lineOf(first.path)}`
    const text = `the service address ${address} is listed twice: ${where}`
    const hint =
      first.instance === at.instance
        ? 'remove one of the two'
        : 'an address moves with one instance: remove it from the other'
    return [{ code: 'E_DUPLICATE_ADDRESS', path, text, hint }]
  })
}

/** Priority files are named after instances alone, so no two clusters can share a name. */
function checkInstanceNames(document: PartialDocument, lineOf: LineOf): PlacedComplaint[] {
  const complaints: PlacedComplaint[] = []
  const firsts = new Map<string, InstanceAt>()
  for (const at of instancesOf(document)) {
    const first = firsts.get(at.name)
    if (first === undefined) {
      firsts.set(at.name, at)
      continue
    }
    const line = lineOf(first.path)
    const text = `the cluster ${quoted(first.cluster)} has an instance ${quoted(at.name)} already, on line ${line}`
    const hint = `each instance needs a name of its own, such as "${at.cluster}-${at.name}"`
    complaints.push({ code: 'E_DUPLICATE_INSTANCE', path: at.path, at: 'key', text, hint })
  }
  return complaints
}

const UPSTREAM_KEYS = ['quorum', 'interval', 'fall', 'rise'] as const

function checkGroups(document: PartialDocument): PlacedComplaint[] {
  const complaints: PlacedComplaint[] = []
  for (const [name, group] of Object.entries(document.checks ?? {})) {
    const path = ['checks', name]
    if (group?.probes?.length === 0) {
      const text = `group ${quoted(name)} has no probe`
      const hint = 'write probes = ["localhost A"], or remove the group'
      complaints.push({ code: 'E_EMPTY', path, at: 'key', text, hint })
    }
    if (group?.transports?.length === 0) {
      const hint = 'write transports = ["udp", "tcp"], or remove the key'
      const text = 'there is no transport to ask over'
      complaints.push({ code: 'E_EMPTY', path: [...path, 'transports'], text, hint })
    }
    const { quorum, probes } = group ?? {}
    if (group?.kind === 'upstream' && quorum !== undefined && probes !== undefined) {
      if (probes.length > 0 && quorum > probes.length) {
        const text = `a quorum of ${quorum} cannot be reached with ${plural(probes.length, 'probe')}`
        const hint = `write ${probes.length === 1 ? '1' : `a number from 1 to ${probes.length}`}`
        complaints.push({ code: 'E_QUORUM', path: [...path, 'quorum'], text, hint })
      }
    }
    if (group?.kind !== 'required') continue
    for (const [index, probe] of (group.probes ?? []).entries()) {
      const { name } = probe?.question ?? {}
      if (name === undefined || !isRandom({ name })) continue
      const text = `a required group asks at every address each second, too often for ${RANDOM}`
      const hint = `ask for a fixed name, or move it to a group with kind = "upstream"`
      complaints.push({ code: 'E_RANDOM', path: [...path, 'probes', index], text, hint })
    }
    for (const key of UPSTREAM_KEYS) {
      if (group[key === 'interval' ? 'intervalMs' : key] === undefined) continue
      const text = `${key} has no meaning in a required group`
      const hint = `remove it, or write kind = "upstream" in [checks.${name}]`
      complaints.push({ code: 'E_UPSTREAM_ONLY', path: [...path, key], at: 'key', text, hint })
    }
  }
  return complaints
}

function checkRiseHolder({ flap }: PartialDocument): PlacedComplaint[] {
  const { rise, riseHolder } = flap ?? {}
  if (rise === undefined || riseHolder === undefined || riseHolder <= rise) return []
  const text = `rise_holder is ${riseHolder}, more than rise (${rise}): the holder would be the last to return`
  const hint = `write rise_holder = ${rise} or less, or raise rise`
  return [{ code: 'E_RISE_HOLDER', path: ['flap', 'rise_holder'], text, hint }]
}

function checkStartCommand({ daemon }: PartialDocument): PlacedComplaint[] {
  if (daemon?.startCommand?.length !== 0) return []
  const text = 'there is no program to start'
  const hint = 'write ["systemctl", "start", "holdfast"], or remove the key'
  return [{ code: 'E_EMPTY', path: ['daemon', 'start_command'], text, hint }]
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
