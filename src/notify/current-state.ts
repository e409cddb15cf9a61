// What holds on this server now, as far as a message needs it.

import { sourceText } from '../core/check.ts'
import type { ServerFacts } from '../core/facts.ts'
import type { Override } from '../core/override.ts'
import type { Standing, Verdict } from '../core/standing.ts'
import { durationText, reasonText } from '../documents/text.ts'
import type { Transition } from '../documents/transition.ts'
import type { CurrentBackend, CurrentPool, CurrentService } from './current-pool.ts'

export interface CurrentState {
  readonly server: string
  /** The first verdict is out. */
  readonly decided: boolean
  readonly verdict: Verdict
  readonly sinceMs: number
  readonly reasons: readonly string[]
  readonly override: Override | null
  readonly instances: readonly CurrentInstance[]
  /** What the checks have done about a failure so far, in sentences. */
  readonly tried: readonly string[]
  /** A question that this server must answer: "127.in-addr.arpa SOA". */
  readonly question: string | null
  /** A load balancer's; null on a DNS server. */
  readonly pool: CurrentPool | null
}

export interface CurrentInstance {
  readonly name: string
  readonly pool: string
  readonly addresses: readonly string[]
  /** The addresses are on an interface of this server other than loopback. */
  readonly holding: boolean
  readonly standing: Standing
  readonly rank: number | null
  /** The servers of the order, best first for this instance. */
  readonly order: readonly string[]
}

export function currentState(facts: ServerFacts, pool: CurrentPool | null): CurrentState {
  const { config, damper } = facts
  const source = config.groups.find((group) => group.kind === 'required')?.probes[0]
  return {
    server: config.server.name,
    decided: facts.decided,
    verdict: facts.verdict,
    sinceMs: facts.verdictSinceMs,
    reasons: facts.reasons.map(reasonText),
    override: facts.override,
    instances: facts.instances.map(({ servers, ...instance }) => ({ ...instance, order: servers })),
    // What a balancer asks itself is its pool, and that costs no packet worth telling of.
    tried: pool === null && damper.known && damper.phase !== 'up' ? triedOf(facts) : [],
    pool,
    question: source === undefined ? null : sourceText(source),
  }
}

/** The real server or the service that a transition is about; undefined where there is none. */
export function memberOf(
  { pool }: CurrentState,
  { subject, name }: Pick<Transition, 'subject' | 'name'>,
): CurrentBackend | CurrentService | undefined {
  if (subject === 'BACKEND') return pool?.backends.find((backend) => backend.name === name)
  return subject === 'SERVICE' ? pool?.services.find((service) => service.name === name) : undefined
}

function triedOf({ config, damper, sweeps: ended }: ServerFacts): string[] {
  const { confirm, confirmSpreadMs } = config.timing
  const asked =
    confirm === 0
      ? []
      : [
          `Every question that failed was asked ${confirm} more times within ${durationText(confirmSpreadMs)}, and none was answered.`,
        ]
  if (damper.phase === 'probation') {
    const left = durationText(damper.probationMs)
    return [`DNS here passes its checks again, and is on probation for ${left} more.`]
  }
  const sweeps = `DNS here was checked ${ended} times since the daemon started`
  const next =
    damper.passes > 0
      ? `${damper.passes} passed in a row by now`
      : `failing ones follow each other after ${durationText(damper.backoffMs)}`
  const again =
    damper.relapses > 1 ? [`It has relapsed ${damper.relapses} times in the last hours.`] : []
  return [...asked, `${sweeps}; ${next}.`, ...again]
}
