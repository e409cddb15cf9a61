// What a server is, by its status: the state with which every output begins, and its reasons, each of them once.
import type { TargetFailure } from '../core/effect.ts'
import { isPass, OUTCOMES, type Outcome } from '../core/outcome.ts'
import { mayServe, type Standing, type StateWord, stateWord } from '../core/standing.ts'
import { hasCause, type InstanceStatus, type StatusDocument } from './status-document.ts'

const WORST_FIRST: readonly Standing[] = [
  'isolated',
  'failed',
  'drained',
  'degraded',
  'probation',
  'healthy',
]

/** What of a status decides its state. */
type Worth = Pick<StatusDocument, 'verdict' | 'may_serve' | 'override' | 'instances'>

/** The worst that this server is worth in any instance. */
export function worstStanding(document: Worth): Standing {
  const standings = new Set<unknown>(plausibleInstances(document).map(({ standing }) => standing))
  standings.add(document.verdict)
  if (document.override?.mode === 'isolated') standings.add('isolated')
  if (document.override?.mode === 'drained') standings.add('drained')
  const worst = WORST_FIRST.find((standing) => standings.has(standing)) ?? 'failed'
  return !document.may_serve && mayServe(worst) ? 'failed' : worst
}

/** The state of the server: its worst in any instance, in the word that people are told. */
export function stateOf(document: Worth & Pick<StatusDocument, 'causes'>): StateWord {
  return stateWord(worstStanding(document), hasCause(document, 'starting'))
}

export function plausibleInstances({
  instances,
}: Pick<StatusDocument, 'instances'>): readonly InstanceStatus[] {
  return instances.filter((instance) => isObject(instance) && typeof instance.name === 'string')
}

/**
 * Why the health is not what it should be, each reason once: where endpoints fail in the same way,
 * as all do when named dies, they are counted. The document is not trusted to keep to its type.
 */
export function reasonsOf(document: StatusDocument): string[] {
  const causes: readonly unknown[] = Array.isArray(document.causes) ? document.causes : []
  const texts = document.reasons
  const failures = causes.flatMap((cause, at) => {
    const failure = failureIn(cause)
    return failure === null ? [] : [{ ...failure, text: texts[at] }]
  })
  if (failures.length < 2 || failures.length !== causes.length)
    return [...new Set(texts.filter((text) => typeof text === 'string'))]
  return [...Map.groupBy(failures, wayOf)].flatMap(([way, alike]) => {
    const first = alike[0]?.text
    if (alike.length === 1) return typeof first === 'string' ? [first] : []
    return [`${failingIn(document, way, alike)} endpoints ${way}`]
  })
}

/** "timeout (no answer in time)" */
function wayOf({ outcome, detail }: Pick<TargetFailure, 'outcome' | 'detail'>): string {
  const known = Object.hasOwn(OUTCOMES, outcome) ? OUTCOMES[outcome] : undefined
  const why = typeof detail === 'string' ? detail : known
  return why === undefined ? outcome : `${outcome} (${why})`
}

/** "12 of 12": the document gives the first few reasons, and all endpoints. */
function failingIn(
  { targets }: StatusDocument,
  way: string,
  alike: readonly TargetFailure[],
): string {
  const all = targets.filter((target) => isObject(target))
  const asked = all.flatMap(({ outcome, detail, ignored }) => {
    if (typeof outcome !== 'string' || ignored === true) return []
    return [wayOf({ outcome, ...(detail === undefined ? {} : { detail }) })]
  })
  const different = new Set(alike.map(({ target }) => target)).size
  const failing = Math.max(different, asked.filter((one) => one === way).length)
  return `${failing} of ${Math.max(failing, all.length)}`
}

function failureIn(cause: unknown): TargetFailure | null {
  const { code, target, question, outcome, detail } = (cause ?? {}) as Record<string, unknown>
  if (code !== 'target' || typeof target !== 'string' || typeof outcome !== 'string') return null
  const failure = { target, question: String(question), outcome: outcome as Outcome }
  return typeof detail === 'string' ? { ...failure, detail } : failure
}

export interface TargetTally {
  readonly ok: number
  readonly failing: number
  /** The longest of the last latencies, or null before the first answer. */
  readonly worstLatencyMs: number | null
}

/** Counts endpoints by their last outcome; one that was not probed yet is neither ok nor failing. */
export function tallyTargets(document: StatusDocument): TargetTally {
  const targets = document.targets.filter(isObject) as readonly Partial<
    StatusDocument['targets'][number]
  >[]
  const asked = targets.filter((target) => typeof target.outcome === 'string')
  const ok = asked.filter((target) => target.outcome && isPass(target.outcome)).length
  const latencies = targets.map((target) => target.latency_ms).filter(Number.isFinite)
  return {
    ok,
    failing: asked.length - ok,
    worstLatencyMs: latencies.length === 0 ? null : Math.max(...(latencies as number[])),
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
