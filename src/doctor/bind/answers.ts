// What the DNS server answers to the daemon's required probes, at every address.
import { endpointName } from '../../core/check.ts'
import { bindCheck } from '../categories.ts'
import { factOf, isSkip, ok, type Skip, skip, trouble } from '../doctor-check.ts'
import { isStopped } from '../facts/proc.ts'
import { statusFact } from '../facts/running-daemon.ts'
import type { Host } from '../host.ts'
import { SILENCED } from '../keepalived/harms.ts'
import {
  type Asked,
  askAll,
  digFor,
  filteredIn,
  requiredFact,
  slowMs,
  told,
  upstreamFact,
} from './asking.ts'
import { hitsProbes, rateLimitFact } from './rate-limit.ts'
import { groundFact } from './serving.ts'

/** A probe's answers from all endpoints, those aside that are refused, which is H408's. Not empty. */
type Round = readonly Asked[]

const ASKED = { asked: requiredFact, limit: rateLimitFact }

const roundsFact = factOf(
  ASKED,
  async ({ asked, limit }, host): Promise<readonly Round[] | Skip> => {
    const isFiltered = await filteredIn(host, asked)
    const answered = asked.filter((query) => query.ruling !== 'refused')
    const open = answered.filter((query) => !isFiltered(query.endpoint))
    const kept = open.filter((query) => query.endpoint.transport !== 'udp' || !hitsProbes(limit))
    const rounds = [...Map.groupBy(kept, (query) => query.probe).values()]
    if (rounds.length > 0) return rounds
    if (asked.length === 0) return skip('because of H403, H404: no DNS server listens')
    if (answered.length === 0) return skip('because of H408: named refuses all queries')
    if (open.length === 0) return skip('because of H516: the firewall drops queries')
    return skip('because of H414: RRL drops queries')
  },
)

export const ANSWERS = bindCheck({
  code: 'H407',
  title: 'DNS server responds',
  severity: 'fail',
  takesSeconds: true,
  needs: { rounds: roundsFact },
  async judge({ rounds }, host) {
    const round = uniform(rounds, 'silent')
    const [first] = round
    if (first === undefined) return ok(`${rounds.flat().length} responses`)
    const ground = await groundFact(host)
    const processes = isSkip(ground) ? [] : (ground.named?.processes ?? [])
    const stopped = processes.find(isStopped)
    return trouble(
      stopped === undefined
        ? `DNS server does not respond at any of ${round.length} endpoints`
        : `named (process ${stopped.pid}) is stopped by a signal and does not respond`,
      [
        ...processes.map(({ pid, state }) => `/proc/${pid}/stat: named is in state ${state}`),
        ...round.map(told),
      ],
      [
        digFor(first),
        stopped === undefined ? 'journalctl -u named -n 50' : `kill -CONT ${stopped.pid}`,
        'systemctl restart named',
      ],
    )
  },
})

export const REFUSED = bindCheck({
  code: 'H408',
  title: 'Local queries do not get RCODE REFUSED',
  severity: 'fail',
  takesSeconds: true,
  needs: { required: requiredFact },
  wants: { upstream: upstreamFact },
  judge({ required, upstream }) {
    const all = [...required, ...(upstream ?? [])]
    const refused = all.filter((asked) => asked.ruling === 'refused')
    const [first] = refused
    if (first === undefined) return ok(`none of ${all.length} queries`)
    const list = first.group.kind === 'upstream' ? 'allow-recursion' : 'allow-query'
    return trouble(
      `named answers ${first.probe.question.name} ${first.probe.question.type} from ${first.endpoint.address} with RCODE REFUSED`,
      refused.map(told),
      [
        digFor(first),
        "named-checkconf -p | grep -A9 -E 'allow-(query|recursion|query-cache)|match-clients'",
        `# Add "localhost;" to ${list} in named.conf, then:`,
        'rndc reconfig',
      ],
    )
  },
})

export const EXPECTED = bindCheck({
  code: 'H409',
  title: 'Required probes get the expected response',
  severity: 'fail',
  takesSeconds: true,
  needs: { rounds: roundsFact },
  judge({ rounds }) {
    const round = uniform(rounds, 'wrong')
    const [first] = round
    if (first === undefined)
      return ok(`${rounds.length} ${rounds.length === 1 ? 'probe' : 'probes'}`)
    const { name, type } = first.probe.question
    return trouble(
      `No address gives the response to ${name} ${type} that [checks.${first.group.name}] expects`,
      round.map(told),
      [
        digFor(first),
        'journalctl -u named -n 50',
        `rndc zonestatus ${name}`,
        ...(name === '127.in-addr.arpa'
          ? ['# Set in named.conf: empty-zones-enable yes; or add a zone "127.in-addr.arpa".']
          : []),
      ],
    )
  },
})

export const SAME = bindCheck({
  code: 'H410',
  title: 'All addresses give the same response',
  severity: 'fail',
  takesSeconds: true,
  explainedBy: [SILENCED],
  needs: { rounds: roundsFact },
  async judge({ rounds }, host) {
    for (const round of rounds) {
      if (!differs(round)) continue
      // A zone may have changed between two answers, and an address may have been busy.
      const again = await askAll(host, round)
      if (!differs(again)) continue
      const odd = oddOnes(again)
      const [first] = odd
      if (first === undefined) continue
      const { name, type } = first.probe.question
      return trouble(
        `${odd.map((asked) => endpointName(asked.endpoint)).join(', ')}: response to ${name} ${type} differs from the other addresses`,
        again.map((asked) =>
          asked.ruling === 'ok' ? `${told(asked)}: ${contents(asked)}` : told(asked),
        ),
        [
          digFor(first),
          `ss -lntup 'sport = :53'`,
          'nft list ruleset',
          'named-checkconf -p | grep -A3 -E "view|match-destinations"',
        ],
      )
    }
    return ok(`${rounds.flat().length} responses, the same at every address`)
  },
})

export const FAST = bindCheck({
  code: 'H411',
  title: 'Required probes get a response in time',
  severity: 'warn',
  takesSeconds: true,
  needs: { rounds: roundsFact },
  async judge({ rounds }, host) {
    const answers = rounds.flat().filter((round) => round.ruling === 'ok')
    if (answers.length === 0) return skip('because of H407, H409: no responses to measure')
    const known = await daemonsLatencies(host)
    const slow = answers.filter((answer) => {
      const daemonsMs = known.get(endpointName(answer.endpoint)) ?? Number.POSITIVE_INFINITY
      return Math.min(answer.answer.latencyMs, daemonsMs) >= slowMs(answer.group)
    })
    const slowest = answers.reduce((a, b) => (a.answer.latencyMs > b.answer.latencyMs ? a : b))
    if (slow.length === 0) return ok(`the slowest took ${inMs(slowest)} ms`)
    const { name, type } = slowest.probe.question
    return trouble(
      `Response to ${name} ${type} at ${endpointName(slowest.endpoint)} took ${inMs(slowest)} ms (timeout ${slowest.group.timeoutMs} ms)`,
      slow.map((asked) => `${told(asked)}, ${inMs(asked)} ms at best`),
      [digFor(slowest), 'top -H -p "$(pidof named)"', 'rndc status'],
    )
  },
})

/** The first probe that has this ruling everywhere: all of its answers; empty when there is none. */
function uniform(rounds: readonly Round[], ruling: Asked['ruling']): Round {
  return rounds.find((round) => round.every((asked) => asked.ruling === ruling)) ?? []
}

function differs(round: readonly Asked[]): boolean {
  return new Set(round.map(signature)).size > 1
}

function signature(asked: Asked): string {
  return asked.ruling === 'ok' ? `ok ${contents(asked)}` : asked.ruling
}

function contents({ answer }: Asked): string {
  return (answer.records ?? []).join(', ')
}

/** Those that are not as most are; what nobody or nothing answered is never the rule. */
function oddOnes(round: readonly Asked[]): readonly Asked[] {
  const camps = [...Map.groupBy(round, signature).values()].toSorted((a, b) => b.length - a.length)
  const rule = camps.find(([first]) => first?.ruling === 'ok') ?? camps[0]
  return round.filter((asked) => rule?.includes(asked) !== true)
}

/**
 * How fast each endpoint was when the daemon last asked it. The doctor looks at a hundred things at
 * once, and on a busy host its own waiting is in what it measures.
 */
async function daemonsLatencies(host: Host): Promise<ReadonlyMap<string, number>> {
  const status = await statusFact(host)
  if (status.kind !== 'fresh') return new Map()
  return new Map(
    status.document.endpoints.flatMap(({ endpoint, outcome, latency_ms }) =>
      outcome !== 'ok' || latency_ms === null ? [] : [[endpoint, latency_ms]],
    ),
  )
}

function inMs({ answer }: Asked): number {
  return Math.round(answer.latencyMs)
}
