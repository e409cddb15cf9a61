// A transition: from keepalived, as four words for a script or one line in its FIFO, or of a balancer's pool.
import { cleanLine, cleanName } from './clean-text.ts'

export const VRRP_STATES = ['MASTER', 'BACKUP', 'FAULT', 'STOP', 'DELETED'] as const
export type VrrpState = (typeof VRRP_STATES)[number]

/** A real server of a load balancer: it has failed, its upstream checks fail, it is in the pool, or drained. */
export const BACKEND_STATES = ['REMOVED', 'DEGRADED', 'ADDED', 'DRAINED'] as const
export type BackendState = (typeof BACKEND_STATES)[number]

/** A service of a load balancer: fewer real servers than its quorum, none, or enough. */
export const SERVICE_STATES = ['BELOW_QUORUM', 'NO_SERVERS', 'QUORUM_OK'] as const
export type ServiceState = (typeof SERVICE_STATES)[number]

export type PoolState = BackendState | ServiceState

const STATES = {
  INSTANCE: VRRP_STATES,
  GROUP: VRRP_STATES,
  BACKEND: BACKEND_STATES,
  SERVICE: SERVICE_STATES,
} as const

/** The first two are keepalived's; the daemon of a load balancer tells of the others. */
export type Subject = keyof typeof STATES

export interface Transition {
  /** An instance, a sync group of instances, a real server, or a service of real servers. */
  readonly subject: Subject
  /** Safe to print anywhere. */
  readonly name: string
  readonly state: VrrpState | PoolState
  /** The effective priority, or null where keepalived says none. */
  readonly priority: number | null
}

export type TransitionReading =
  | { readonly ok: true; readonly transition: Transition }
  | { readonly ok: false; readonly error: string }

/** Reads the words that keepalived appends to a notify script: `INSTANCE recdns0 MASTER 250`. */
export function readTransition(words: readonly string[]): TransitionReading {
  const [subject, name, state, priority] = words
  if (subject !== 'INSTANCE' && subject !== 'GROUP')
    return refuse(`unknown subject "${shown(subject)}": use INSTANCE or GROUP`)
  if (name === undefined || name === '') return refuse('NAME is missing')
  const known = VRRP_STATES.find((vrrpState) => vrrpState === state)
  if (known === undefined)
    return refuse(`unknown state "${shown(state)}": use ${VRRP_STATES.join(', ')}`)
  const transition: Transition = {
    subject,
    name: cleanName(name),
    state: known,
    priority: read(priority),
  }
  return { ok: true, transition }
}

/** What is told of an instance that stays what it is: a lower priority was heard, or its own is another. */
const NO_TRANSITION = /^(MASTER_RX_LOWER_PRI|[A-Z]+_PRIORITY)$/

/** A line of the FIFO, or null for one that is about something else, such as a virtual server. */
export function readFifoLine(line: string): TransitionReading | null {
  const match = /^(INSTANCE|GROUP) "([^"]{1,1000})" ([A-Z_]{1,40})(?: (\d{1,10}))?\s*$/.exec(line)
  if (match === null)
    return /^(VS|RS) /.test(line) ? null : refuse(`not understood: ${shown(line)}`)
  const [, subject = '', name = '', state = '', priority = ''] = match
  if (NO_TRANSITION.test(state)) return null
  return readTransition([subject, name, state, priority])
}

/** The state in words for people: "instance recdns0 is MASTER (priority 250)". */
export function transitionText(transition: Transition): string {
  const { subject, name, state, priority } = transition
  const what = subject === 'BACKEND' ? 'real server' : subject.toLowerCase()
  const at = priority === null ? '' : ` (priority ${priority})`
  return `${what} ${name} is ${state}${at}`
}

/** The subject and state that two texts name, or null where such a thing has no such state. */
export function pairOf(
  subject: unknown,
  state: unknown,
): Pick<Transition, 'subject' | 'state'> | null {
  const subjects = Object.keys(STATES) as Subject[]
  const found = subjects.find((name) => name === subject)
  if (found === undefined) return null
  const known = (STATES[found] as readonly Transition['state'][]).find((name) => name === state)
  return known === undefined ? null : { subject: found, state: known }
}

export function isOfPool({ subject }: Pick<Transition, 'subject'>): boolean {
  return subject === 'BACKEND' || subject === 'SERVICE'
}

/** Tells things apart that have states: a service may have an instance's name. */
export function keyOf({ subject, name }: Pick<Transition, 'subject' | 'name'>): string {
  // An instance of two families is a sync group for keepalived, of the same name.
  return subject === 'INSTANCE' || subject === 'GROUP' ? name : `${subject} ${name}`
}

/** RFC 9568 section 5.2.4: from 1 to 255; keepalived says 0 for groups, which have none. */
function read(priority: string | undefined): number | null {
  const value = /^\d{1,3}$/.test(priority ?? '') ? Number(priority) : 0
  return value >= 1 && value <= 255 ? value : null
}

function shown(text: string | undefined): string {
  return cleanLine(text ?? '', 60)
}

function refuse(error: string): TransitionReading {
  return { ok: false, error }
}
