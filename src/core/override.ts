// What an operator ordered, whatever the checks say.

export interface Override {
  readonly mode: 'drained' | 'isolated'
  readonly by: string
  readonly reason: string
  /** Wall-clock time in milliseconds since 1970, for people. */
  readonly sinceWallMs: number
  /** Wall-clock end, or null for "until undrained". */
  readonly untilWallMs: number | null
  /** The only instances that it is about; all of them when left out. */
  readonly instances?: readonly string[]
  /** Set when the override file could not be understood: it then counts as drained. */
  readonly corrupt?: string
}

/** The order as far as it concerns an instance. */
export function overrideOf(override: Override | null, instance: string): Override | null {
  return override?.instances?.includes(instance) === false ? null : override
}

/** Whether it is about every instance, so that the whole server is out. */
export function isWhole(override: Override | null): boolean {
  return override !== null && override.instances === undefined
}
