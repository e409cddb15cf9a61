// Health and drain together: what this server is worth in the election.
import type { Override } from './override.ts'

export type Health = 'healthy' | 'degraded' | 'failed'

/** All there are. */
export const SERVER_STATES = [
  'healthy',
  'probation',
  'degraded',
  'drained',
  'failed',
  'isolated',
] as const
export type ServerState = (typeof SERVER_STATES)[number]

/** What people are told that a server is: the first word of every output. */
export type StateWord = Exclude<ServerState, 'healthy'> | 'serving' | 'starting'

/**
 * The name of a state: a healthy server is in service, and one that has not finished its first check
 * cycle has not failed.
 */
export function stateWord(state: ServerState, isStarting: boolean): StateWord {
  if (state === 'failed' && isStarting) return 'starting'
  return state === 'healthy' ? 'serving' : state
}

/** Tells a state from anything else that a document may hold. */
export function isServerState(value: unknown): value is ServerState {
  return (SERVER_STATES as readonly unknown[]).includes(value)
}

/** What is known of this server beyond the health. */
export interface ServerStateContext {
  readonly override: Override | null
  /** The cluster's order lists this server; one that it does not list is drained. */
  readonly listed: boolean
  /** It passes its checks again, but has failed lately. */
  readonly probation: boolean
}

/** The worse of what the checks found and what the operator ordered. */
export function serverStateOf(
  health: Health,
  { override, listed, probation }: ServerStateContext,
): ServerState {
  if (override?.mode === 'isolated') return 'isolated'
  if (health === 'failed') return 'failed'
  if (override !== null || !listed) return 'drained'
  return health === 'healthy' && probation ? 'probation' : health
}

/** Whether keepalived's dead man's switch may let a server of this state hold an address. */
export function mayServe(serverState: ServerState): boolean {
  return serverState !== 'failed' && serverState !== 'isolated'
}
