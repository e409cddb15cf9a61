// A drain or an isolation by an operator, whatever the checks say.

export interface Override {
  /** Which order it is: no two that were given share one. Left out where no file holds the order. */
  readonly id?: string
  readonly mode: 'drained' | 'isolated'
  readonly by: string
  readonly reason: string
  /** Wall-clock time in milliseconds since 1970, for people. */
  readonly sinceWallMs: number
  /** Wall-clock end, or null for "until undrained". */
  readonly untilWallMs: number | null
  /** When it was given, by the clocks of the host; left out where the file does not say. */
  readonly given?: Given
  /** The only instances that it is about; all of them when left out. */
  readonly instances?: readonly string[]
  /** Its end leaves a failback delay that is running as it is; see `endProbation`. */
  readonly keepsFailbackDelay?: true
  /** Set when the override file could not be understood: it then counts as drained. */
  readonly corrupt?: string
}

/** The moment of an order by a clock that is never set. */
export interface Given {
  /** The boot that `bootMs` counts from. */
  readonly bootId: string
  readonly bootMs: number
  /** NTP had set the wall clock by then. */
  readonly isClockSet: boolean
}

/** What is known of the time at which an order may be over. */
export interface Moment {
  readonly wallMs: number
  readonly bootId: string
  readonly bootMs: number
  /** NTP has set the wall clock since boot. */
  readonly isClockSet: boolean
  /** For how long the process that asks has known the order. */
  readonly knownMs: number
}

/**
 * Whether the time of an order is over, whatever the wall clock has jumped to.
 *
 * Within the boot in which it was given, the clock since boot decides alone. After a reboot the wall
 * clock does, if NTP has set it both then and now; otherwise the whole time has to pass again.
 */
export function isOver(order: Override | null, now: Moment): boolean {
  if (order === null || order.untilWallMs === null || order.corrupt !== undefined) return false
  const { given, untilWallMs } = order
  const forMs = untilWallMs - order.sinceWallMs
  if (given?.bootId === now.bootId) return now.bootMs - given.bootMs >= forMs
  const isWallTrusted = now.isClockSet && given?.isClockSet !== false
  return now.knownMs >= forMs || (isWallTrusted && now.wallMs >= untilWallMs)
}

/** The order as far as it concerns an instance. */
export function overrideOf(override: Override | null, instance: string): Override | null {
  return override?.instances?.includes(instance) === false ? null : override
}

/** Whether it is about every instance, so that the whole server is out. */
export function isWhole(override: Override | null): boolean {
  return override !== null && override.instances === undefined
}
