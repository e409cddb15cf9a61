// A load balancer's pool in the words of a message: its subject, its sentences, and what to type next.
import type { SpooledEvent } from '../documents/spooled-event.ts'
import { type CurrentPool, type CurrentService, countText } from './current-state.ts'
import { listText } from './instance-words.ts'
import type { TransitionGroup } from './transition-group.ts'

export type CommandRow = readonly [command: string, text: string]

const MAX_NAMES = 4
const MAX_LINES = 8
/** A subject is read in a list. */
const MAX_SUBJECT_REASON_LENGTH = 120

/** "service dns NO SERVERS: …", "dns.ns1 and dns.ns2 REMOVED": one text for each thing that happened. */
export function poolSubjects(groups: readonly TransitionGroup[]): readonly string[] {
  // What clients feel comes first.
  const sorted = [...groups].sort((a, b) => b.subject.localeCompare(a.subject))
  const byKind = Map.groupBy(sorted, ({ subject, word }) => `${subject} ${word}`)
  const culprit = culpritOf(groups)
  return [...byKind.values()].map((those) => {
    const [first] = those
    const isService = first?.subject === 'SERVICE'
    const names = those.map((group) => group.name)
    const what =
      names.length > MAX_NAMES
        ? `${names.length} ${isService ? 'services' : 'real servers'}`
        : `${isService ? 'service ' : ''}${listText(names)}`
    const reason = first !== undefined && first === culprit ? subjectReason(first) : ''
    return `${what} ${stateText(first?.word ?? '')}${reason}`
  })
}

/** "BELOW QUORUM" */
function stateText(state: string): string {
  return state.replace('_', ' ')
}

/** What has the one cause that a subject has room for; of several, the message has the causes. */
function culpritOf(groups: readonly TransitionGroup[]): TransitionGroup | undefined {
  const services = groups.filter(({ word }) => word === 'BELOW_QUORUM' || word === 'NO_SERVERS')
  const backends = groups.filter(({ word }) => word === 'REMOVED' || word === 'DEGRADED')
  const [culprit, second] = services.length > 0 ? services : backends
  return second === undefined ? culprit : undefined
}

function subjectReason({ items, word }: TransitionGroup): string {
  const deciding = items.findLast(({ event }) => event.state === word)
  const reason = deciding?.event.snapshot.reasons[0]
  if (reason === undefined) return ''
  return reason.length <= MAX_SUBJECT_REASON_LENGTH
    ? `: ${reason}`
    : `: ${reason.slice(0, MAX_SUBJECT_REASON_LENGTH - 3)}...`
}

/** A sentence without its full stop. */
export function poolSentence({ name, word, member }: TransitionGroup, server: string): string {
  switch (word) {
    case 'REMOVED':
      return `${server} removed ${name} from the pool because its checks failed`
    case 'DEGRADED': {
      const weight = member !== null && 'weight' in member ? `: weight ${member.weight}` : ''
      return `${name} is degraded on ${server} (upstream checks failing)${weight}`
    }
    case 'ADDED':
      return `${server} added ${name} to the pool`
    case 'DRAINED':
      return `${name} is drained on ${server}, as planned`
    case 'BELOW_QUORUM':
      return `The service ${name} is below its quorum on ${server}`
    case 'NO_SERVERS':
      return `The service ${name} has no real servers on ${server}`
    case 'QUORUM_OK':
      return `The service ${name} has its quorum again on ${server}`
    default:
      return `${name} is ${word} on ${server}`
  }
}

/** Whether the clients of the services are served that a message is about. */
export function poolClients(
  groups: readonly TransitionGroup[],
  pool: CurrentPool | null,
): readonly string[] {
  const members = groups.flatMap(({ member }) => member ?? [])
  const names = new Set(
    members.map((member) => ('service' in member ? member.service : member.name)),
  )
  const services = pool?.services.filter(({ name }) => names.has(name)) ?? []
  return services.filter(({ state }) => state !== null).map(clientsOf)
}

function clientsOf({ name, inPool, of, sorry, isFailOpen }: CurrentService): string {
  if (inPool > 0) return `Clients of ${name} are served by ${inPool} of ${of} real servers.`
  if (sorry.length > 0)
    return `Clients of ${name} are served by the sorry server ${listText(sorry)}.`
  return isFailOpen
    ? `Queries to ${name} still go to the failed real servers (fail-open).`
    : `Clients of ${name} are not served.`
}

/** One line of what happened, after its time. */
export function poolLine({ name, state, snapshot }: SpooledEvent, width: number): string {
  const what = snapshot.health === null ? snapshot.reasons[0] : `checks ${snapshot.health}`
  return `${name.padEnd(width)}  ${stateText(state).padEnd(12)}  ${what ?? ''}`.trimEnd()
}

/** Why a real server is in its state; for a service the line of the event says it. */
export function poolWhy({ subject, name, state, before, snapshot }: SpooledEvent): string[] {
  if (subject === 'SERVICE') return []
  const { override, reasons } = snapshot
  if (override !== null) {
    const reason = override.reason === '' ? '' : `: ${override.reason}`
    return [`${name} was ${override.mode} by ${override.by || 'an operator'}${reason}`]
  }
  if (state === 'ADDED' && before === 'DRAINED') return [`${name} is no longer drained.`]
  if (state === 'ADDED') return [`${name} passes its checks.`]
  return reasons.map((reason) => `${name}: ${reason}`)
}

/**
 * The state of the services, and of the real servers that are not fully in the pool.
 *
 * @param said reasons that the message has given already
 */
export function poolWhere(
  { services, backends }: CurrentPool,
  said: ReadonlySet<string>,
): string[] {
  const absent = backends.filter((backend) => backend.state !== 'ADDED')
  const lines = absent.map(({ name, state, serverState, since, reasons, ...weights }) => {
    if (state === null) return `${name}  no check result yet`
    const sinceText = `${since.slice(0, 19)}Z`
    const news = reasons.filter((reason) => !said.has(reason)).slice(0, 2)
    const because = news.length === 0 ? '' : `: ${news.join('; ')}`
    const weight = `weight ${weights.weight} of ${weights.configuredWeight}`
    return `${name}  ${serverState} since ${sinceText}, ${weight}${because}`
  })
  const left = lines.length - MAX_LINES
  return [
    ...services.slice(0, MAX_LINES).map((service) => {
      return `service ${service.name}  ${service.addresses.join(', ')}: ${countText(service)}`
    }),
    ...lines.slice(0, MAX_LINES),
    ...(left > 0 ? [`... and ${left} more real servers out of the pool ...`] : []),
  ]
}

/** Commands that show more of a pool that is not whole. */
export function poolRows({ services, backends, question }: CurrentPool): CommandRow[] {
  const portOf = (name: string) =>
    services.find((service: CurrentService) => service.name === name)?.port ?? 53
  const ask = backends
    .filter((backend) => backend.state === 'REMOVED' || backend.state === 'DEGRADED')
    .slice(0, 3)
    .flatMap(({ name, service, address }): CommandRow[] => {
      if (address === null || question === null) return []
      const port = portOf(service) === 53 ? '' : ` -p ${portOf(service)}`
      return [[`dig @${address}${port} ${question} +tries=1`, `query ${name} yourself`]]
    })
  return [
    ...ask,
    ['holdfast history --since 1h', 'recent changes of the pool'],
    ['ipvsadm -Ln', 'the table of IPVS'],
  ]
}
