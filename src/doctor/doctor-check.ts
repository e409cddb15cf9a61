// What a check of the doctor's is: plain data, what it needs, and one function that judges that.
import { fact, type Host } from './host.ts'

export const CATEGORIES = ['holdfast', 'keepalived', 'vrrp', 'bind', 'network', 'balancer'] as const
export type Category = (typeof CATEGORIES)[number]

/** `fail`: clients are, or will be, worse served for it. `warn`: a trap that has not sprung. */
export type Severity = 'warn' | 'fail'

export interface DoctorCheck {
  /** Never reused and never renumbered: scripts and runbooks name it. */
  readonly code: string
  readonly category: Category
  /** What a sound host is like, as a statement: "Configuration is valid"; RUN_DIR and STATE_DIR are this host's directories. */
  readonly title: string
  /** What a finding comes to. A condition of another weight is a check of its own. */
  readonly severity: Severity
  /** It looks for some seconds: such checks begin first, since a run takes as long as they do. */
  readonly takesSeconds?: true
  /** Checks whose trouble this one's comes from: where one of them has some, this one is silent. */
  readonly explainedBy?: readonly DoctorCheck[]
  /** Looks, and changes nothing. What it throws is a bug, and is told as a crash of this check alone. */
  readonly run: (host: Host) => Finding | Promise<Finding>
}

/**
 * A fact that a check cannot do without: its value, or why it is not to be had on this host. What makes
 * a need inside of a row must not be generic, or nothing is inferred from the row.
 */
export type Need<T = unknown> = (host: Host) => Promise<T | Skip>
type Needs = Readonly<Record<string, Need>>

/** What needs came to, under their names. */
type Facts<N extends Needs> = {
  readonly [Name in keyof N]: Value<N[Name]>
}

type Value<N extends Need> = Exclude<Awaited<ReturnType<N>>, Skip>

/** A fact that is made of others: there is none where one of those is not to be had. */
export function factOf<N extends Needs, T>(
  needs: N,
  make: (facts: Facts<N>, host: Host) => T | Promise<T>,
) {
  return fact(async (host): Promise<T | Skip> => {
    const facts = await lookUp(needs, host)
    return isSkip(facts) ? facts : make(facts as Facts<N>, host)
  })
}

/** The values of the needs, or why the first of them that is not to be had is not. */
async function lookUp(needs: Needs, host: Host): Promise<Readonly<Record<string, unknown>> | Skip> {
  const facts: Record<string, unknown> = {}
  for (const [name, need] of Object.entries(needs)) {
    const value = await need(host)
    // A fact may say more of why it is not to be had than a finding tells.
    if (isSkip(value)) return skip(value.why)
    facts[name] = value
  }
  return facts
}

/** Why a check is skipped that goes by what could not be read. */
export function notRead({ why, error }: { readonly why: string; readonly error: string }): Skip {
  return skip(why === 'denied' ? `needs root: ${error}` : error)
}

/** That root asks; `why` only root can, in a few words. */
export function asRoot(why: string): Need<true> {
  return async ({ inspect }) => inspect.uid === 0 || skip(`needs root: ${why}`)
}

/** A check as it is written: its category adds what all of its checks need. */
interface Row<Own extends Needs, Wanted extends Needs, Common extends Needs>
  extends Omit<DoctorCheck, 'category' | 'run'> {
  /** Looked up one by one; the first that is not to be had is why the check is skipped. */
  readonly needs?: Own
  /** Looked up after them: what the check can do without is null where it is not to be had. */
  readonly wants?: Wanted
  judge(
    facts: Facts<Common & Own> & { readonly [Name in keyof Wanted]: Value<Wanted[Name]> | null },
    host: Host,
  ): Finding | Promise<Finding>
}

/**
 * How the checks of a category are made out of rows.
 *
 * @param common what all of them need, which is looked up first
 */
export function checksOf<Common extends Needs>(category: Category, common: Common) {
  return <Own extends Needs = Record<never, never>, Wanted extends Needs = Record<never, never>>(
    row: Row<Own, Wanted, Common>,
  ): DoctorCheck => {
    const { needs, wants = {}, judge, ...rest } = row
    return {
      ...{ category, ...rest },
      async run(host) {
        const needed = await lookUp({ ...common, ...needs }, host)
        if (isSkip(needed)) return needed
        const facts: Record<string, unknown> = { ...needed }
        for (const [name, want] of Object.entries<Need>(wants)) {
          const value = await want(host)
          facts[name] = isSkip(value) ? null : value
        }
        return judge(facts as Parameters<typeof judge>[0], host)
      },
    }
  }
}

/** What a check came to. */
export type Finding =
  /** With what was seen, in a few words. */
  { readonly kind: 'ok'; readonly seen: string } | Trouble | Skip

/** Could not be looked at, or means nothing here: why, in a few words. */
export interface Skip {
  readonly kind: 'skip'
  readonly why: string
}

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

export function skip(why: string): Skip {
  return { kind: 'skip', why }
}

/** Whether there is no such fact, nor a finding, but only why. */
export function isSkip(value: unknown): value is Skip {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'skip'
}

export function trouble(
  what: string,
  evidence: readonly string[],
  remedy: readonly string[],
): Trouble {
  return { kind: 'trouble', what, evidence, remedy }
}
