// One step of a drain or an undrain, as people and programs see it.

export interface DrainStep {
  /** A stable word for programs. */
  readonly step: string
  readonly result: 'ok' | 'note' | 'failed'
  readonly text: string
  /** A line each, such as a server and what is wrong with it. */
  readonly details?: readonly string[]
  /** What the operator can do about a failure. */
  readonly next?: string
}

export function ok(step: string, text: string): DrainStep {
  return { step, result: 'ok', text }
}

export function note(step: string, text: string): DrainStep {
  return { step, result: 'note', text }
}

export function failed(step: string, text: string): DrainStep {
  return { step, result: 'failed', text }
}

/** A command that has changed nothing, with what the operator can do. */
export function refused(
  text: string,
  { details = [], next }: { readonly details?: readonly string[]; readonly next?: string } = {},
): DrainStep {
  const after = ['Nothing was changed.', ...(next === undefined ? [] : [next])].join(' ')
  const more = details.length === 0 ? {} : { details }
  return { step: 'refused', result: 'failed', text, ...more, next: after }
}

/** What a sequence has told of itself. */
export interface Telling {
  readonly kind: 'tell'
  readonly step: DrainStep
}

export function tell(step: DrainStep): Telling {
  return { kind: 'tell', step }
}
