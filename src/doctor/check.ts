// What a check of the doctor's is: plain data, and one function that looks.
import type { Host } from './host.ts'

export const CATEGORIES = ['holdfast', 'keepalived', 'vrrp', 'bind', 'network', 'balancer'] as const
export type Category = (typeof CATEGORIES)[number]

/** `fail`: clients are, or will be, worse served for it. `warn`: a trap that has not sprung. */
export type Severity = 'warn' | 'fail'

export interface Check {
  /** Never reused and never renumbered: scripts and runbooks name it. */
  readonly code: string
  readonly category: Category
  /** What a sound host is like, as a statement: "The configuration has no errors". */
  readonly title: string
  /** What a finding comes to. A condition of another weight is a check of its own. */
  readonly severity: Severity
  /**
   * Why it matters, how it is seen, and what else to know: paragraphs of plain text, for
   * `doctor --explain` and the manual.
   */
  readonly about: readonly string[]
  /** It looks for some seconds: such checks begin first, since a run takes as long as they do. */
  readonly takesSeconds?: true
  /** Checks whose trouble this one's comes from: where one of them has some, this one is silent. */
  readonly explainedBy?: readonly Check[]
  /** Looks, and changes nothing. What it throws is a bug, and is told as a crash of this check alone. */
  readonly run: (host: Host) => Finding | Promise<Finding>
}

/** What a check came to. */
export type Finding =
  /** With what was seen, in a few words. */
  | { readonly kind: 'ok'; readonly seen: string }
  | Trouble
  /** Could not be looked at, or means nothing here: why, in a few words. */
  | { readonly kind: 'skip'; readonly why: string }

export interface Trouble {
  readonly kind: 'trouble'
  /** One sentence that names the very thing: the address, the file, the instance. */
  readonly what: string
  /** How that is known: lines of files, of tables, of what programs said. Never a secret. */
  readonly evidence: readonly string[]
  /** What to type, a command a line, or a sentence where no command can do it. */
  readonly remedy: readonly string[]
}

export function ok(seen: string): Finding {
  return { kind: 'ok', seen }
}

export function skip(why: string): Finding {
  return { kind: 'skip', why }
}

export function trouble(
  what: string,
  evidence: readonly string[],
  remedy: readonly string[],
): Trouble {
  return { kind: 'trouble', what, evidence, remedy }
}
