// Lines that keepalived takes and that do not mean what they seem to, or name what is not here: each leaves an election deaf, or an instance in FAULT.
import { canonicalAddress } from '../../config/values/ip.ts'
import { keepalivedCheck } from '../categories.ts'
import { type DoctorCheck, isSkip, ok, type Skip, skip, trouble } from '../doctor-check.ts'
import { linksFact } from '../facts/ip-command.ts'
import { modelFact } from '../facts/keepalived-conf.ts'
import {
  groupWith,
  type InstanceBlock,
  type Model,
  type Tracker,
  weightOf,
} from '../facts/keepalived-model.ts'
import { configFact } from '../facts/loaded-config.ts'
import type { Host } from '../host.ts'
import { reload, renderAgain } from './service.ts'

interface Misconfig extends Pick<DoctorCheck, 'code' | 'title'> {
  /** What is wrong, a line each; or why there is nothing to judge. */
  linesIn(model: Model): readonly string[] | Skip
  /** What was seen where nothing is. */
  seen(model: Model): string
  what(model: Model, lines: readonly string[]): string
  readonly byHand: string
}

function misconfigCheck({ code, title, linesIn, seen, what, byHand }: Misconfig): DoctorCheck {
  return keepalivedCheck({
    ...{ code, title, severity: 'fail', needs: { model: modelFact } },
    async judge({ model }, host) {
      const lines = linesIn(model)
      if (isSkip(lines)) return lines
      if (lines.length === 0) return ok(seen(model))
      return trouble(what(model, lines), lines, [byHand, ...(await renderAgain(host))])
    },
  })
}

export const ORDERED = misconfigCheck({
  code: 'H209',
  title: 'track_* blocks are defined before use',
  linesIn: (model) =>
    [...model.groups, ...model.instances].flatMap(({ trackers, turn }) =>
      trackers.flatMap((tracker) => {
        const why = whyUnknown(tracker, turn, model)
        return why === null ? [] : [`${tracker.at}: ${tracker.name} ${why}`]
      }),
    ),
  seen: ({ groups, instances }) =>
    counted([...groups, ...instances].flatMap(({ trackers }) => trackers).length, 'tracker'),
  what: (_, { length }) =>
    `keepalived ignores ${length === 1 ? 'a tracker that is' : `${length} trackers that are`} used before the definition`,
  byHand: '# Move the block above its first use, or:',
})

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

const countInstances = ({ instances }: Model) => counted(instances.length, 'instance')

export const FAMILIES = misconfigCheck({
  code: 'H210',
  title: 'No virtual_ipaddress mixes IPv4 and IPv6',
  linesIn: ({ instances }) => instances.flatMap(oddFamily),
  seen: countInstances,
  what({ instances }) {
    const odd = instances.filter((instance) => oddFamily(instance).length > 0)
    const names = [...new Set(odd.map(({ name }) => name))].join(', ')
    return `keepalived drops addresses of the other address family from ${names}`
  },
  byHand: '# Move them to virtual_ipaddress_excluded, or:',
})

function oddFamily({ addresses }: InstanceBlock): string[] {
  const isV6 = (name: string) => name.includes(':')
  const [first] = addresses
  if (first === undefined) return []
  return addresses
    .filter((address) => isV6(address.name) !== isV6(first.name))
    .map((address) => `${address.at}: ${address.name} in the virtual_ipaddress of ${first.name}`)
}

export const PREEMPTS = misconfigCheck({
  code: 'H211',
  title: 'No nopreempt or preempt_delay',
  linesIn: ({ instances }) =>
    instances.flatMap(({ staysBehind }) => staysBehind).map(({ at, name }) => `${at}: ${name}`),
  seen: countInstances,
  what({ instances }) {
    const behind = instances.filter(({ staysBehind }) => staysBehind.length > 0)
    return `BACKUP of ${behind.map(({ name }) => name).join(', ')} does not take over from a failed server`
  },
  byHand: '# Remove these lines, or:',
})

export const SYNC = misconfigCheck({
  code: 'H212',
  title: 'Sync group members have no trackers of their own',
  linesIn(model) {
    if (model.groups.length === 0) return skip('keepalived.conf has no vrrp_sync_group')
    return model.instances.flatMap((instance) => ignoredBy(instance, model))
  },
  seen: ({ groups }) => counted(groups.length, 'group'),
  what: () => 'keepalived ignores the trackers of sync group members',
  byHand: '# Move track_file and track_script into the vrrp_sync_group, or:',
})

function ignoredBy(instance: InstanceBlock, model: Model): string[] {
  const group = groupWith(instance, model)
  if (group === undefined || group.sharesWeights) return []
  const isFollowed = ({ kind, name }: Tracker) =>
    group.trackers.some((entry) => entry.kind === kind && entry.name === name)
  return instance.trackers
    .filter((tracker) => weightOf(tracker, model) !== 0 && !isFollowed(tracker))
    .map(({ at, kind, name }) => {
      return `${at}: track_${kind} ${name} of ${instance.name}, a member of ${group.name} (${group.at})`
    })
}

export const SOURCE = keepalivedCheck({
  code: 'H227',
  title: 'Every instance sends from an address of this host',
  severity: 'fail',
  needs: { model: modelFact },
  async judge({ model: { instances } }, host) {
    const told = instances.filter((instance) => instance.source !== null)
    if (told.length === 0) return skip('no instance sets its source address')
    const links = await linksFact(host)
    if (isSkip(links)) return links
    const here = new Set(links.flatMap((link) => link.addresses).map((address) => address.address))
    const astray = told.flatMap(({ name, source }) => {
      const address = canonicalAddress(source?.name ?? '') ?? ''
      return source === null || here.has(address) ? [] : [{ name, source }]
    })
    if (astray.length === 0)
      return ok([...new Set(told.map(({ source }) => source?.name ?? ''))].join(', '))
    const sources = astray.map(({ source }) => source)
    const addresses = [...new Set(sources.map(({ name }) => name))].join(', ')
    return trouble(
      `${astray.map(({ name }) => name).join(', ')} sends from ${addresses}, which is not on this host`,
      sources.map(({ at, keyword, name }) => `${at}: ${keyword} ${name}`),
      await remedies(host, addresses, sources),
    )
  },
})

/** Rendered lines have the address from the configuration, and others from whoever wrote them. */
async function remedies(
  host: Host,
  addresses: string,
  sources: readonly NonNullable<InstanceBlock['source']>[],
): Promise<readonly string[]> {
  const config = await configFact(host)
  const show = 'ip -brief address'
  const entry = isSkip(config)
    ? undefined
    : config.servers.find(({ name }) => name === config.server.name)
  const isRendered = sources.some(({ name }) =>
    entry?.addresses.some((address) => address.address === canonicalAddress(name)),
  )
  if (entry === undefined || !isRendered)
    return [
      show,
      `# Write an address of this host in place of ${addresses}, or remove the line, then:`,
      await reload(host),
    ]
  return [
    show,
    `# Write this host's own address in place of ${addresses} under [servers.${entry.name}] in ${host.paths.configFile}, on all servers, then:`,
    ...(await renderAgain(host)),
  ]
}
