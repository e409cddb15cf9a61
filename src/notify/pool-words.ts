// A load balancer's pool in the words of a message: its subject, its sentences, and what to type next.
import type { SpooledEvent } from '../documents/spooled-event.ts'
import { type CurrentPool, type CurrentService, countText } from './current-state.ts'
import type { TransitionGroup } from './transition-group.ts'

export type Row = readonly [command: string, text: string]

const MAX_NAMES = 4
const MAX_LINES = 8
/** A subject is read in a list. */
const MAX_SUBJECT_REASON_LENGTH = 120

/** "service dns is EMPTY, real servers dns.ns1, dns.ns2 are OUT" */
export function poolSubject(groups: readonly TransitionGroup[]): string {
  // What clients feel comes first.
  const sorted = [...groups].sort((a, b) => b.subject.localeCompare(a.subject))
  const byKind = Map.groupBy(sorted, ({ subject, word }) => `${subject} ${word}`)
  return [...byKind.values()]
    .map((those) => {
      const what = those[0]?.subject === 'SERVICE' ? 'service' : 'real server'
      const names = those.map((group) => group.name)
      const word = those[0]?.word
      if (names.length === 1) return `${what} ${names[0]} is ${word}`
      if (names.length > MAX_NAMES) return `${names.length} ${what}s are ${word}`
      return `${what}s ${names.join(', ')} are ${word}`
    })
    .join(', ')
}

/** ": timeout …" where there is one cause; else nothing, for the message has them. */
export function subjectReason(groups: readonly TransitionGroup[]): string {
  const services = groups.filter(({ word }) => word === 'SHORT' || word === 'EMPTY')
  const backends = groups.filter(({ word }) => word === 'OUT' || word === 'LAST')
  const [culprit, second] = services.length > 0 ? services : backends
  if (culprit === undefined || second !== undefined) return ''
  const reason = culprit.items.findLast(({ event }) => event.state === culprit.word)?.event.snapshot
    .reasons[0]
  if (reason === undefined) return ''
  return reason.length <= MAX_SUBJECT_REASON_LENGTH
    ? `: ${reason}`
    : `: ${reason.slice(0, MAX_SUBJECT_REASON_LENGTH - 3)}...`
}

/** A sentence without its full stop. */
export function poolSentence({ name, word, member }: TransitionGroup, server: string): string {
  switch (word) {
    case 'OUT':
      return `${server} took the real server ${name} out of the pool, because it has failed`
    case 'LAST':
      return `The real server ${name} is the last choice of ${server}: what lies upstream of it has failed`
    case 'IN':
      return `The real server ${name} is in the pool of ${server} again`
    case 'DRAINED':
      return `The real server ${name} is drained on ${server}, as planned`
    case 'SHORT':
      return `The service ${name} has fewer real servers on ${server} than it needs`
    case 'EMPTY':
      return `The service ${name} has no real server on ${server} that is fit${instead(member)}`
    case 'ENOUGH':
      return `The service ${name} has enough real servers on ${server} again`
    default:
      return `${name} is ${word} on ${server}`
  }
}

function instead(member: TransitionGroup['member']): string {
  const sorry = member !== null && 'sorry' in member ? member.sorry : []
  if (sorry.length > 0) return `: ${sorry.join(', ')} is asked instead`
  const isAsked = member !== null && 'isLastResort' in member && member.isLastResort
  return isAsked ? ': they are asked all the same, for want of others' : ''
}

/** One line of what happened, after its time. */
export function poolLine({ name, state, snapshot }: SpooledEvent, width: number): string {
  const what = snapshot.verdict === null ? snapshot.reasons[0] : `DNS ${snapshot.verdict}`
  return `${name.padEnd(width)}  ${state.padEnd(7)}  ${what ?? ''}`.trimEnd()
}

/** Why a real server is what it is; of a service the line of what happened says it. */
export function poolWhy({ subject, name, state, before, snapshot }: SpooledEvent): string[] {
  if (subject === 'SERVICE') return []
  const { override, reasons } = snapshot
  if (override !== null) {
    const reason = override.reason === '' ? '' : `: ${override.reason}`
    return [`${name} was ${override.mode} by ${override.by || 'somebody'}${reason}`]
  }
  if (state === 'IN' && before === 'DRAINED')
    return [`The order that kept ${name} out of the pool was lifted.`]
  if (state === 'IN') return [`${name} answers as it must.`]
  return reasons.map((reason) => `${name}: ${reason}`)
}

/**
 * How the services stand, and which real servers do not take their part.
 *
 * @param said reasons that the message has given already
 */
export function poolWhere(
  { services, backends }: CurrentPool,
  said: ReadonlySet<string>,
): string[] {
  const absent = backends.filter((backend) => backend.state !== 'IN')
  const lines = absent.map(({ name, state, standing, since, reasons, ...weights }) => {
    if (state === null) return `${name}  has not been judged yet`
    const sinceText = since.slice(0, 19).replace('T', ' ')
    const news = reasons.filter((reason) => !said.has(reason)).slice(0, 2)
    const because = news.length === 0 ? '' : `: ${news.join('; ')}`
    const weight = `weight ${weights.weight} of ${weights.configuredWeight}`
    return `${name}  ${standing} since ${sinceText}, ${weight}${because}`
  })
  const left = lines.length - MAX_LINES
  return [
    ...services.slice(0, MAX_LINES).map((service) => {
      return `service ${service.name}  ${service.addresses.join(', ')}: ${countText(service)}`
    }),
    ...lines.slice(0, MAX_LINES),
    ...(left > 0 ? [`... and ${left} more real servers that are not in the pool ...`] : []),
  ]
}

/** Commands that show more of a pool that is not whole. */
export function poolRows({ services, backends, question }: CurrentPool): Row[] {
  const portOf = (name: string) =>
    services.find((service: CurrentService) => service.name === name)?.port ?? 53
  const ask = backends
    .filter((backend) => backend.state === 'OUT' || backend.state === 'LAST')
    .slice(0, 3)
    .flatMap(({ name, service, address }): Row[] => {
      if (address === null || question === null) return []
      const port = portOf(service) === 53 ? '' : ` -p ${portOf(service)}`
      return [[`dig @${address}${port} ${question} +tries=1`, `ask ${name} yourself`]]
    })
  return [
    ...ask,
    ['holdfast history --since 1h', 'who came and went'],
    ['ipvsadm -Ln', 'what IPVS goes by'],
  ]
}
