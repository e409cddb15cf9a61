// Lines that keepalived takes and that do not mean what they seem to: each leaves an election deaf.
import { keepalivedCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { modelFact } from '../facts/keepalived-conf.ts'
import {
  groupWith,
  type InstanceBlock,
  type Model,
  type Tracker,
  weightOf,
} from '../facts/keepalived-model.ts'
import { renderAgain } from './service.ts'

export const ORDERED = keepalivedCheck({
  code: 'H209',
  title: 'What keepalived tracks is defined above',
  severity: 'fail',
  needs: { model: modelFact },
  async judge({ model }, host) {
    const trackings = [...model.groups, ...model.instances]
    const lines = trackings.flatMap((tracking) =>
      tracking.trackers.flatMap((tracker) => {
        const why = whyUnknown(tracker, tracking.turn, model)
        return why === null ? [] : [`${tracker.at}: ${tracker.name} ${why}`]
      }),
    )
    if (lines.length === 0) return ok(count(trackings))
    return trouble(
      `keepalived ignores ${lines.length === 1 ? 'a tracker' : `${lines.length} trackers`} that it does not know where it is named.`,
      lines,
      ['Move the block above what names it, or:', ...(await renderAgain(host))],
    )
  },
})

function count(trackings: readonly { readonly trackers: readonly Tracker[] }[]): string {
  return counted(trackings.flatMap((tracking) => tracking.trackers).length, 'tracker')
}

function counted(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`
}

function whyUnknown({ kind, name }: Tracker, turn: number, model: Model): string | null {
  const blocks = kind === 'file' ? model.files : model.scripts
  const found = blocks.filter((block) => block.name === name)
  if (found.some((entry) => entry.turn < turn)) return null
  const [below] = found
  return below === undefined ? 'is defined nowhere' : `is defined below, at ${below.at}`
}

export const FAMILIES = keepalivedCheck({
  code: 'H210',
  title: 'Each virtual_ipaddress has addresses of one family',
  severity: 'fail',
  needs: { model: modelFact },
  async judge({ model }, host) {
    const odd = model.instances.flatMap((instance) =>
      oddFamily(instance).map((line) => ({ name: instance.name, line })),
    )
    if (odd.length === 0) return ok(counted(model.instances.length, 'instance'))
    const names = [...new Set(odd.map((entry) => entry.name))].join(', ')
    return trouble(
      `keepalived drops addresses of the other family from ${names}.`,
      odd.map((entry) => entry.line),
      ['Move them to virtual_ipaddress_excluded, or:', ...(await renderAgain(host))],
    )
  },
})

function oddFamily({ addresses }: InstanceBlock): string[] {
  const isV6 = (name: string) => name.includes(':')
  const [first] = addresses
  if (first === undefined) return []
  return addresses
    .filter((address) => isV6(address.name) !== isV6(first.name))
    .map((address) => `${address.at}: ${address.name} in the virtual_ipaddress of ${first.name}`)
}

export const PREEMPTS = keepalivedCheck({
  code: 'H211',
  title: 'Nothing keeps a backup from taking over from a worse master',
  severity: 'fail',
  needs: { model: modelFact },
  async judge({ model }, host) {
    const behind = model.instances.filter((instance) => instance.staysBehind.length > 0)
    if (behind.length === 0) return ok(counted(model.instances.length, 'instance'))
    return trouble(
      `A backup of ${behind.map((instance) => instance.name).join(', ')} would not take over from a failed server.`,
      behind
        .flatMap((instance) => instance.staysBehind)
        .map((tracker) => `${tracker.at}: ${tracker.name}`),
      ['Remove these lines, or:', ...(await renderAgain(host))],
    )
  },
})

export const SYNC = keepalivedCheck({
  code: 'H212',
  title: 'No instance has a tracker that its sync group ignores',
  severity: 'fail',
  needs: { model: modelFact },
  async judge({ model }, host) {
    if (model.groups.length === 0) return skip('there is no vrrp_sync_group')
    const lines = model.instances.flatMap((instance) => ignoredBy(instance, model))
    if (lines.length === 0) return ok(counted(model.groups.length, 'group'))
    return trouble('keepalived ignores what members of a sync group track.', lines, [
      'Move track_file and track_script into the vrrp_sync_group, or:',
      ...(await renderAgain(host)),
    ])
  },
})

function ignoredBy(instance: InstanceBlock, model: Model): string[] {
  const group = groupWith(instance, model)
  if (group === undefined || group.sharesWeights) return []
  const isFollowed = (tracker: Tracker) =>
    group.trackers.some((entry) => entry.kind === tracker.kind && entry.name === tracker.name)
  return instance.trackers
    .filter((tracker) => weightOf(tracker, model) !== 0 && !isFollowed(tracker))
    .map(
      (tracker) =>
        `${tracker.at}: track_${tracker.kind} ${tracker.name} of ${instance.name}, a member of ${group.name} (${group.at})`,
    )
}
