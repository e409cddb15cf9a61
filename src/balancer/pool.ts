// What the real servers of a service are published as: out of IPVS's table, out of the pool, or a weight.
import { type ServerState, stateWord } from '../core/server-state.ts'

/**
 * Published of a real server that is to leave IPVS's table, where weight 0 would leave it in. What
 * is not in the table keeps nobody: its connections are reset and its UDP clients go elsewhere.
 *
 * No file says so: keepalived 2.2.7 knows this number (INT_MIN) in a file of weights, too, but when
 * it starts while a file holds it, it adds it to the weight for good, and the real server weighs 0
 * when it comes back (measured, and to be read in its check_file.c). So there is a file of its own, which
 * src/keepalived/virtual-servers.ts names.
 */
export const REMOVED = -2_147_483_648

/** Asked as little as can be, should it share the pool with anybody for a moment. */
const FAIL_OPEN_WEIGHT = 1

/** One real server of a service, judged by itself. */
export interface Member {
  readonly name: string
  /** null before the first result. */
  readonly state: ServerState | null
  /** What it has earned; null before the first result. */
  readonly weight: number | null
  /** By an operator, be it well or not. */
  readonly isTakenOut: boolean
}

/** What becomes of a member among the others. */
export interface PoolPlace {
  readonly name: string
  /** What is published: its weight, or REMOVED. */
  readonly value: number
  /** The share of the queries that it gets, for people: what is removed gets none, too. */
  readonly weight: number
}

/**
 * The places of a service's real servers, in the order in which they are to be published: who is
 * in the pool comes first, so that the pool is not empty in between. Nobody has one who has not
 * been judged.
 *
 * Who has failed is removed. Who is drained and well stays with weight 0, so that connections can
 * end, and with who is drained and fails they hang no longer than with others. When all have failed that no operator has taken out, and there is no sorry server, they stay in
 * the pool: a balancer that is out of breath or cut off sees all fail at once, and to ask somebody
 * is better than to ask nobody. While one has not been judged, it may be the one that is well.
 *
 * @param members all of one service
 */
export function poolWeights(
  members: readonly Member[],
  { sorry }: { readonly sorry: boolean },
): readonly PoolPlace[] {
  const left = members.filter(({ isTakenOut }) => !isTakenOut)
  const mustServe = !sorry && left.every(({ state: serverState }) => serverState === 'failed')
  const places = members.flatMap(
    ({ name, state: serverState, weight, isTakenOut }): PoolPlace[] => {
      if (serverState === null || weight === null) return []
      if (serverState !== 'failed') return [{ name, value: weight, weight }]
      const last = { name, value: FAIL_OPEN_WEIGHT, weight: FAIL_OPEN_WEIGHT }
      return [mustServe && !isTakenOut ? last : { name, value: REMOVED, weight: 0 }]
    },
  )
  return places.toSorted((a, b) => b.value - a.value)
}

/** Who has failed, and is asked because nobody else is left. */
export function isFailOpen({
  state: serverState,
  weight,
}: Pick<Member, 'state' | 'weight'>): boolean {
  return serverState === 'failed' && (weight ?? 0) > 0
}

/** The state of a real server, and that a failed one stays in the pool because all others have failed, too. */
export function placeText(place: {
  readonly state: ServerState
  readonly weight: number | null
}): string {
  return isFailOpen(place)
    ? `${stateWord(place.state, false)}, fail-open`
    : stateWord(place.state, false)
}

/** Whether a real server counts for the quorum: it gets queries, and not as fail-open. */
export function isInPool(member: Pick<Member, 'state' | 'weight'>): boolean {
  return (member.weight ?? 0) > 0 && !isFailOpen(member)
}
