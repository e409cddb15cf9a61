// What may be expected of a config: how soon, how long and how often anything can happen. Pure.
import type { FlapConfig } from '../../../src/config/config.ts'
import type { CoreConfig } from '../../../src/core/core-config.ts'
import { maxRepeatFailures } from '../../../src/core/damper.ts'
import { downMs, type VrrpOptions } from '../../../src/simulate/vrrp.ts'

/** `check` runs once a second, and must fail twice. */
export const CHECK_FINDS_MS = 2000
/** What a status may outlive its successor's latest time by. */
const STATUS_SLACK_MS = 1000
/** How much longer than a period a check cycle of a good server may take, its answers included. */
const CYCLE_MORE_MS = 50
/** A socket of a new address is open after this. */
const SOCKETS_OPEN_MS = 31
const MARGIN_MS = 1000

/** The longest time that asking an endpoint can take, confirmed; others do not make it longer. */
export function checkMs(config: CoreConfig): number {
  const { retryWindowMs } = config.timing
  const timeoutMs = Math.max(
    0,
    ...config.groups.map((group) => (group.kind === 'required' ? group.timeoutMs : 0)),
  )
  return timeoutMs + retryWindowMs + timeoutMs
}

/**
 * How old the last conclusive answer of an endpoint may be while a status lets the server serve: two
 * cycles, in one of which it is asked first and in the other last, the answers, and the slack.
 */
export function evidenceMs(config: CoreConfig): number {
  return 2 * (config.timing.checkIntervalMs + checkMs(config)) + STATUS_SLACK_MS
}

/**
 * How long a status may be fresh at most: the longest wait before the next check cycle, that cycle, and
 * the slack.
 */
export function freshnessMs(config: CoreConfig): number {
  const { timing, flap } = config
  const waitMs = Math.max(flap.backoffMaxMs, timing.checkIntervalMs)
  return waitMs + timing.checkIntervalMs + checkMs(config) + STATUS_SLACK_MS
}

/** How long the core may sleep when no answer is on its way. */
export function sleepMs(config: CoreConfig): number {
  const periods = config.groups.map((group) => (group.kind === 'upstream' ? group.intervalMs : 0))
  return Math.max(config.timing.checkIntervalMs, config.flap.backoffMaxMs, ...periods)
}

/** The longest that an election can take after the last change that it depends on. */
export function electionMs(vrrp: VrrpOptions): number {
  // One timer for the takeover, one for a better server whose own began to run later.
  return 2 * downMs(vrrp, 1) + vrrp.advertMs + 1
}

/** The least time between two falls of one server; see `maxFalls`. */
export function fallGapMs(flap: FlapConfig, periodMs: number): number {
  return flap.backoffMinMs + (flap.riseHolder - 1) * periodMs
}

/**
 * How often one server can fall in a window, its daemon living on: `1 + ⌊W / D⌋` with
 * `D = backoff_min + (rise_holder − 1) × period`.
 *
 * A fall is the step from serving to failed by the required checks. After one, the next check cycle comes
 * when the backoff has passed, and that is at least `backoff_min`; cycles come a period apart, and
 * it takes `rise_holder` of them, or `rise` of one that holds nothing, until the server serves
 * again. That is the worst that can be done to it: failures that leave no doubt, each of them as
 * soon as the one before is over. Lost queries alone bring a server on probation down only when all
 * are lost for its holder tolerance, so that they need `min(holder tolerance, probation)` more for each fall.
 *
 * While backoff hold is in force the bound is sharper: passes do not decay the backoff, so each fall
 * doubles it, and `k + 1` falls need `backoff_min × (2^k − 1)` up to `backoff_max`. In a window no
 * longer than `backoff_hold` that begins with the loss of an address there are therefore no more than
 * `1 + log2(1 + W / backoff_min)` falls, until `backoff_max` is reached, and one in each
 * `backoff_max` from there.
 */
export function maxFalls(flap: FlapConfig, periodMs: number, windowMs: number): number {
  return 1 + Math.floor(windowMs / fallGapMs(flap, periodMs))
}

export interface MoveCircumstances {
  readonly servers: number
  readonly windowMs: number
  /** Faults that began or ended and operators' actions, from one election before the window on. */
  readonly actions: number
}

/** Each fall: the failed tier at once, the lowest when `check` finds out, probation, the rank. */
const CHANGES_PER_FALL = 4

/**
 * How often an instance's addresses can move in a window:
 *
 *     2 × (N × 4 × (1 + falls(W′)) + N × turns(W′) + (N + 4) × actions),   W′ = W + election
 *
 * The election moves nothing by itself. A backup takes over when its timer runs out; its timer runs
 * because its master ceased to be good enough for it or to be heard, or because it became a backup
 * itself just then. Each of these is the consequence of a change of some effective priority or of
 * who hears whom, not longer ago than an election takes. One change makes no more than two takeovers
 * (`vrrp.test.ts` tries thousands of histories): the backups that one change set off hear the first
 * of them, whose timer was the shortest, at once and follow it, unless the network is in two parts.
 *
 * So moves are at most twice the changes. A server's checks change its effective priority at most
 * four times a fall, and the window may begin within one: `4 × (1 + falls)`, where `falls` is
 * `maxFalls`. An upstream group turns at most once in `min(fall, rise)` of its periods. What is left
 * are actions: an edited order changes up to N priorities; an override, a link, a daemon's death or
 * its start changes at most four.
 */
export function maxMoves(
  config: CoreConfig,
  vrrp: VrrpOptions,
  { servers, windowMs, actions }: MoveCircumstances,
): number {
  const spanMs = windowMs + electionMs(vrrp)
  const falls = maxFalls(config.flap, config.timing.checkIntervalMs, spanMs)
  let turns = 0
  for (const group of config.groups) {
    if (group.kind !== 'upstream') continue
    turns += 1 + Math.floor(spanMs / (group.intervalMs * Math.min(group.fall, group.rise)))
  }
  const changes = servers * (CHANGES_PER_FALL * (1 + falls) + turns) + (servers + 4) * actions
  return 2 * changes
}

/**
 * How long after the last fault everything is as it should be: all servers healthy, and each
 * instance's addresses on the best of them alone.
 *
 * The terms, in the order in which they may follow each other: queries that were asked during the
 * fault fail (`check`); a holder finds a socket that its address lost (`grace + period +
 * check`); the backoff after that is the longest there is; `rise` passes for each repeat failure; the
 * longest probation, in cycles that may take a little longer than a period; an upstream group comes
 * up; keepalived's next check; the election.
 */
export function settleMs(config: CoreConfig, vrrp: VrrpOptions): number {
  const { timing, flap, addresses } = config
  const cycleMs = timing.checkIntervalMs + CYCLE_MORE_MS
  const asksMs = checkMs(config)
  const findsMs = asksMs + SOCKETS_OPEN_MS + addresses.newAddressGraceMs + cycleMs + asksMs
  const passes = Math.max(flap.rise * maxRepeatFailures(flap), flap.riseHolder)
  const risesMs = flap.backoffMaxMs + passes * cycleMs
  const provesMs = (1 + Math.ceil(flap.failbackDelayMaxMs / timing.checkIntervalMs)) * cycleMs
  let upstreamMs = 0
  for (const group of config.groups) {
    if (group.kind === 'upstream')
      upstreamMs += (group.rise + 1) * (group.intervalMs + group.timeoutMs)
  }
  const trustsMs = CHECK_FINDS_MS + electionMs(vrrp)
  return findsMs + risesMs + provesMs + upstreamMs + trustsMs + MARGIN_MS
}

/**
 * How long a dead server may keep an address while a healthy one could have it: until its daemon
 * finds out, or until its status has expired because the daemon is dead too, and the election.
 */
export function blackHoleMs(config: CoreConfig, vrrp: VrrpOptions): number {
  const { timing, flap } = config
  const cycleMs = timing.checkIntervalMs + checkMs(config)
  const findsMs = (flap.fall + 2) * cycleMs + flap.holderToleranceMaxMs
  return findsMs + freshnessMs(config) + CHECK_FINDS_MS + electionMs(vrrp) + MARGIN_MS
}
