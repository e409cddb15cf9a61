// What an operator ordered, whatever the checks say.

export interface Override {
  readonly mode: 'drained' | 'isolated'
  readonly by: string
  readonly reason: string
  /** Wall-clock time in milliseconds since 1970, for people. */
  readonly sinceWallMs: number
  /** Wall-clock end, or null for "until undrained". */
  readonly untilWallMs: number | null
  /** Set when the override file could not be understood: it then counts as drained. */
  readonly corrupt?: string
}
