// Asks the DNS server what the daemon asks it, at every address, and keeps what came back.
import type { ProbeGroupConfig } from '../../config/config.ts'
import type { Endpoint } from '../../core/check.ts'
import { type Probe, QUERY_OUTCOMES, type QueryOutcome, RANDOM } from '../../dns/probe.ts'
import type { Answer } from '../../ports.ts'
import { factOf, isSkip, skip } from '../doctor-check.ts'
import { trafficFact } from '../facts/queries.ts'
import { explanationOf } from '../finding.ts'
import type { Host } from '../host.ts'
import { SILENCED } from '../keepalived/harms.ts'
import { mapConcurrent } from '../map-concurrent.ts'
import { FIREWALL_DNS } from '../network/answered.ts'
import { ownLosses } from '../network/reception.ts'
import { foreignAt, groundFact, listenersAt, type Plan } from './serving.ts'

/**
 * What an answer comes to for a diagnosis: `silent` nobody answered, `refused` a server said that
 * it may not, `wrong` it answered something else.
 */
type Ruling = 'ok' | 'silent' | 'refused' | 'wrong'

export interface Asked {
  readonly endpoint: Endpoint
  readonly group: ProbeGroupConfig
  readonly probe: Probe
  readonly answer: Answer
  readonly ruling: Ruling
}

/** How often a question is asked until its answer is good: one lost or late answer is none. */
const TRIES = 3
const AT_ONCE = 64
/** After this time nothing more is asked: what has come by then tells enough. */
const BUDGET_MS = 5000
/** A late answer is an answer: it is waited for longer than a short timeout of the daemon's. */
const [MIN_WAIT_MS, LONG_WAIT_MS, MAX_WAIT_MS] = [1000, 1500, 8000]

/** All required probes at all endpoints that somebody listens on; what nobody has is H404's. */
export const requiredFact = factOf({ ground: groundFact }, ({ ground }, host) => {
  const { plan, ports } = ground
  // What another program has is H403's.
  const questions = questionsOf(plan, 'required', plan.addresses).filter(
    ({ endpoint }) =>
      listenersAt(endpoint, ports).length > 0 && foreignAt(endpoint, ground).length === 0,
  )
  return askAll(host, questions)
})

type Question = Omit<Asked, 'answer' | 'ruling'>

/** As the daemon does it: through one address of the loopback interface. */
export const upstreamFact = factOf({ ground: groundFact }, ({ ground }, host) => {
  const { addresses } = ground.plan
  const loopback = addresses.filter((one) => one.loopback)
  const usual = loopback.find(({ address }) => address === '127.0.0.1')
  const through = usual ?? loopback[0] ?? addresses[0]
  const questions = questionsOf(ground.plan, 'upstream', through === undefined ? [] : [through])
  return askAll(host, questions)
})

/** The answers to probes of upstream groups, one at least. */
export const upstreamGroupsFact = factOf({ asked: upstreamFact }, ({ asked }) =>
  asked.length > 0 ? asked : skip('no upstream group is configured'),
)

function questionsOf(
  { groups }: Plan,
  kind: ProbeGroupConfig['kind'],
  addresses: Plan['addresses'],
): readonly Question[] {
  const endpointsFor = ({ transports }: ProbeGroupConfig) =>
    addresses.flatMap(({ address, family }) =>
      transports.map((transport) => ({ transport, address, family })),
    )
  return groups
    .filter((group) => group.kind === kind)
    .flatMap((group) =>
      group.probes.flatMap((probe) =>
        endpointsFor(group).map((endpoint) => ({ endpoint, group, probe })),
      ),
    )
}

/** Asks all of them, several at once, each as often as it needs. */
export async function askAll(
  host: Host,
  questions: readonly Question[],
): Promise<readonly Asked[]> {
  const { clock } = host.inspect
  const endMs = clock.nowMs() + BUDGET_MS
  const asked = await mapConcurrent(questions, AT_ONCE, async (question) =>
    clock.nowMs() < endMs ? askOne(host, question) : null,
  )
  // An address that went meanwhile is nobody's trouble.
  return asked.flatMap((query) =>
    query === null || query.answer.outcome === 'address-gone' ? [] : [query],
  )
}

/** Asks until an answer is good and in time, and returns the best of what came. */
async function askOne(host: Host, question: Question): Promise<Asked> {
  const { endpoint, group, probe } = question
  const { prober } = host.inspect
  const timeoutMs = waitMs(group)
  const query = { endpoint, question: probe.question, timeoutMs, wantsRecords: true }
  let best: Answer | null = null
  for (let tries = 1; tries <= TRIES; tries++) {
    const answer = await prober.ask({ ...query, expect: probe.expect })
    if (best === null || isBetter(answer, best)) best = answer
    if (best.outcome === 'ok' && best.latencyMs < slowMs(group)) break
    // Two silences are enough, or one of great length: more would take too long.
    if (best.outcome === 'timeout' && (tries === 2 || timeoutMs > LONG_WAIT_MS)) break
  }
  const answer = best ?? { outcome: 'timeout', latencyMs: timeoutMs }
  const ruling = rulingOf(answer.outcome, group.kind)
  if (answer.outcome !== 'wrong-rcode') return { ...question, answer, ruling }
  const refusal = { rcode: 'REFUSED', flags: [], contains: [], minAnswers: 0 }
  const again = await prober.ask({ ...query, expect: refusal })
  return { ...question, answer, ruling: again.outcome === 'ok' ? 'refused' : ruling }
}

function waitMs({ timeoutMs }: ProbeGroupConfig): number {
  const patient = Math.min(Math.max(2 * timeoutMs, MIN_WAIT_MS), LONG_WAIT_MS)
  return Math.min(Math.max(patient, timeoutMs), MAX_WAIT_MS)
}

function isBetter(answer: Answer, than: Answer): boolean {
  if ((answer.outcome === 'ok') !== (than.outcome === 'ok')) return answer.outcome === 'ok'
  return answer.outcome === 'ok' && answer.latencyMs < than.latencyMs
}

/** From here on an answer is slow: the daemon gives up at twice this. */
export function slowMs({ timeoutMs }: Pick<ProbeGroupConfig, 'timeoutMs'>): number {
  return timeoutMs / 2
}

const RULINGS: Readonly<Record<QueryOutcome, Ruling>> = {
  ...{ ok: 'ok', 'address-gone': 'ok' },
  // Clients have it, but it does not come from upstream.
  stale: 'wrong',
  ...{ cached: 'wrong', servfail: 'wrong' },
  ...{ 'wrong-rcode': 'wrong', 'wrong-flags': 'wrong', 'wrong-answer': 'wrong' },
  ...{ timeout: 'silent', 'conn-refused': 'silent', unreachable: 'silent', closed: 'silent' },
  ...{ malformed: 'silent', mismatch: 'silent', truncated: 'silent', 'local-error': 'silent' },
}

function rulingOf(outcome: QueryOutcome, kind: ProbeGroupConfig['kind']): Ruling {
  return outcome === 'stale' && kind === 'required' ? 'ok' : RULINGS[outcome]
}

/** "udp/192.0.2.53: 127.in-addr.arpa SOA: no response in time", for evidence. */
export function told({ endpoint, probe, answer }: Asked): string {
  const { name, type } = probe.question
  const more = answer.detail === undefined ? '' : ` (${answer.detail})`
  return `${endpoint.transport}/${endpoint.address}: ${name} ${type}: ${QUERY_OUTCOMES[answer.outcome]}${more}`
}

/** The command that asks the same, with dig of bind9-dnsutils. */
export function digFor({ endpoint, probe }: Pick<Asked, 'endpoint' | 'probe'>): string {
  const { class: klass } = probe.question
  const tcp = endpoint.transport === 'tcp' ? ' +tcp' : ''
  const chaos = klass === 'IN' ? '' : ` ${klass}`
  return `dig @${endpoint.address} -b ${endpoint.address}${tcp} ${typed(probe)}${chaos}`
}

/** A probe's name and type for a shell, which makes the name another one each time where it is to be. */
export function typed({ question: { name, type } }: Probe): string {
  return `${name.replace(RANDOM, '$(date +%s)')} ${type}`
}

/**
 * Tells of an endpoint whether its silence is explained by what H516 or H228 has found. Nobody listens for it
 * where nothing is silent: that takes seconds.
 */
export async function filteredIn(
  host: Host,
  asked: readonly Asked[],
): Promise<(endpoint: Endpoint) => boolean> {
  if (asked.every((query) => query.ruling !== 'silent')) return () => false
  const [traffic, blamed] = await Promise.all([
    trafficFact(host),
    explanationOf(host, [FIREWALL_DNS, SILENCED]),
  ])
  if (isSkip(traffic) || blamed === null) return () => false
  const losses = ownLosses(traffic).flat()
  return ({ transport, family }) =>
    losses.some((loss) => loss.transport === transport && loss.family === family)
}
