// One step of a drain or an undrain, as it is told to people and programs.

export interface Step {
  /** A stable word for programs. */
  readonly step: string
  readonly result: 'ok' | 'note' | 'failed'
  readonly text: string
}

export function ok(step: string, text: string): Step {
  return { step, result: 'ok', text }
}

export function note(step: string, text: string): Step {
  return { step, result: 'note', text }
}

export function failed(step: string, text: string): Step {
  return { step, result: 'failed', text }
}

/** What a sequence has told of itself. */
export interface Telling {
  readonly kind: 'tell'
  readonly step: Step
}

export function tell(step: Step): Telling {
  return { kind: 'tell', step }
}
