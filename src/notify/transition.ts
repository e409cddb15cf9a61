// A transition as keepalived tells it: four words for a script, one line in its FIFO.
import { cleanLine, cleanName } from './words.ts'

export const VRRP_STATES = ['MASTER', 'BACKUP', 'FAULT', 'STOP', 'DELETED'] as const
export type VrrpState = (typeof VRRP_STATES)[number]

export interface Transition {
  /** An instance, or a sync group of instances. */
  readonly subject: 'INSTANCE' | 'GROUP'
  /** Safe to print anywhere. */
  readonly name: string
  readonly state: VrrpState
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
    return refuse(`the first word is "${shown(subject)}", not INSTANCE or GROUP`)
  if (name === undefined || name === '') return refuse('the name is missing')
  const known = VRRP_STATES.find((it) => it === state)
  if (known === undefined)
    return refuse(`"${shown(state)}" is none of the states ${VRRP_STATES.join(', ')}`)
  const transition: Transition = {
    subject,
    name: cleanName(name),
    state: known,
    priority: read(priority),
  }
  return { ok: true, transition }
}

/** A line of the FIFO, or null for one that is about something else, such as a virtual server. */
export function readFifoLine(line: string): TransitionReading | null {
  const match = /^(INSTANCE|GROUP) "([^"]{1,1000})" ([A-Z_]{1,40})(?: (\d{1,10}))?\s*$/.exec(line)
  if (match === null)
    return /^(VS|RS) /.test(line) ? null : refuse(`not understood: ${shown(line)}`)
  const [, subject = '', name = '', state = '', priority = ''] = match
  // A master that heard a lower priority is still the master.
  if (state === 'MASTER_RX_LOWER_PRI') return null
  return readTransition([subject, name, state, priority])
}

/** The state in words for people: "instance recdns0 is MASTER (priority 250)". */
export function transitionText(transition: Transition): string {
  const { subject, name, state, priority } = transition
  const at = priority === null ? '' : ` (priority ${priority})`
  return `${subject.toLowerCase()} ${name} is ${state}${at}`
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
