// What a server is, by its status: the state with which every output begins, and its reasons, each of them once.
import type { EndpointFailure } from '../core/effect.ts'
import { isPass, OUTCOMES, type Outcome } from '../core/outcome.ts'
import { mayServe, type ServerState, type StateWord, stateWord } from '../core/server-state.ts'
import { hasCause, type InstanceStatus, type StatusDocument } from './status-document.ts'

const WORST_FIRST: readonly ServerState[] = [
  'isolated',
  'failed',
  'drained',
  'degraded',
  'probation',
  'healthy',
]

/** What of a status decides its state. */
type Worth = Pick<StatusDocument, 'health' | 'may_serve' | 'override' | 'instances'>

/** The worst that this server is worth in any instance. */
export function worstServerState(document: Worth): ServerState {
  const serverStates = new Set<unknown>(plausibleInstances(document).map(({ state }) => state))
  serverStates.add(document.health)
  if (document.override?.mode === 'isolated') serverStates.add('isolated')
  if (document.override?.mode === 'drained') serverStates.add('drained')
  const worst = WORST_FIRST.find((state) => serverStates.has(state)) ?? 'failed'
  return !document.may_serve && mayServe(worst) ? 'failed' : worst
}

/** The state of the server: its worst in any instance, in the word that people are told. */
export function stateOf(document: Worth & Pick<StatusDocument, 'causes'>): StateWord {
  return stateWord(worstServerState(document), hasCause(document, 'starting'))
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
function wayOf({ outcome, detail }: Pick<EndpointFailure, 'outcome' | 'detail'>): string {
  const known = Object.hasOwn(OUTCOMES, outcome) ? OUTCOMES[outcome] : undefined
  const why = typeof detail === 'string' ? detail : known
  return why === undefined ? outcome : `${outcome} (${why})`
}

/** "12 of 12": the document gives the first few reasons, and all endpoints. */
function failingIn(
  { endpoints }: StatusDocument,
  way: string,
  alike: readonly EndpointFailure[],
): string {
  const all = endpoints.filter((endpoint) => isObject(endpoint))
  const asked = all.flatMap(({ outcome, detail, ignored }) => {
    if (typeof outcome !== 'string' || ignored === true) return []
    return [wayOf({ outcome, ...(detail === undefined ? {} : { detail }) })]
  })
  const different = new Set(alike.map(({ endpoint }) => endpoint)).size
  const failing = Math.max(different, asked.filter((one) => one === way).length)
  return `${failing} of ${Math.max(failing, all.length)}`
}

function failureIn(cause: unknown): EndpointFailure | null {
  const { code, endpoint, question, outcome, detail } = (cause ?? {}) as Record<string, unknown>
  if (code !== 'endpoint' || typeof endpoint !== 'string' || typeof outcome !== 'string')
    return null
  const failure = { endpoint, question: String(question), outcome: outcome as Outcome }
  return typeof detail === 'string' ? { ...failure, detail } : failure
}

export interface EndpointTally {
  readonly ok: number
  readonly failing: number
  /** The longest of the last latencies, or null before the first answer. */
  readonly worstLatencyMs: number | null
}

/** Counts endpoints by their last outcome; one that was not probed yet is neither ok nor failing. */
export function tallyEndpoints(document: StatusDocument): EndpointTally {
  const endpoints = document.endpoints.filter(isObject) as readonly Partial<
    StatusDocument['endpoints'][number]
  >[]
  const asked = endpoints.filter((endpoint) => typeof endpoint.outcome === 'string')
  const ok = asked.filter((endpoint) => endpoint.outcome && isPass(endpoint.outcome)).length
  const latencies = endpoints.map((endpoint) => endpoint.latency_ms).filter(Number.isFinite)
  return {
    ok,
    failing: asked.length - ok,
    worstLatencyMs: latencies.length === 0 ? null : Math.max(...(latencies as number[])),
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
