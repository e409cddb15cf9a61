// What `check --backend` makes of a status: is this real server in the pool, and why not?

import { placeText } from '../balancer/pool.ts'
import type { BackendStatus, StatusDocument } from '../documents/status-document.ts'
import { type CheckAnswer, oneLine } from './check-answer.ts'

export interface BackendAnswer extends CheckAnswer {
  /** The least of those that are meant; null where it is not known. */
  readonly weight: number | null
}

/**
 * The answer of a fresh status, which is not trusted to keep to its type.
 *
 * @param name SERVICE.SERVER, or SERVER for that server in all services
 */
export function backendAnswer({ backends }: StatusDocument, name: string): BackendAnswer {
  const all = (Array.isArray(backends) ? backends : []).filter(isBackend)
  const exact = all.filter(({ backend }) => backend === name)
  const meant = exact.length > 0 ? exact : all.filter(({ server }) => server === name)
  if (meant.length === 0) {
    const known = all.map(({ backend }) => backend).join(', ') || 'none'
    const why = oneLine(`unknown real server ${name}; known: ${known}`)
    return { passes: false, why, weight: null }
  }
  const weights = meant.map(({ weight }) => (Number.isFinite(weight) ? (weight as number) : 0))
  const why = oneLine(meant.map(described).join('; '))
  return { passes: weights.every((weight) => weight > 0), why, weight: Math.min(...weights) }
}

function described({ backend, weight, state: serverState, reasons }: BackendStatus): string {
  const first = Array.isArray(reasons) && typeof reasons[0] === 'string' ? `: ${reasons[0]}` : ''
  if (weight === null) return `${backend}: no weight yet${first}`
  return `${backend}: weight ${weight} (${placeText({ state: serverState, weight })})${first}`
}

function isBackend(value: unknown): value is BackendStatus {
  if (typeof value !== 'object' || value === null) return false
  const { backend, server } = value as Partial<BackendStatus>
  return typeof backend === 'string' && typeof server === 'string'
}
