// What the DNS server answers to the daemon's required probes, at every address.
import { targetName } from '../../core/target.ts'
import { bindCheck } from '../categories.ts'
import { factOf, isSkip, ok, type Skip, skip, trouble } from '../doctor-check.ts'
import { statusFact } from '../facts/daemon-status.ts'
import { isStopped } from '../facts/processes.ts'
import type { Host } from '../host.ts'
import { SILENCED } from '../keepalived/harms.ts'
import { type Asked, askAll, digFor, requiredFact, slowMs, told, upstreamFact } from './asking.ts'
import { filteredIn } from './filtered.ts'
import { hitsProbes, rateLimitFact } from './rate-limit.ts'
import { groundFact } from './serving.ts'

/** A probe's answers from all targets, those aside that are refused, which is H408's. Not empty. */
type Round = readonly Asked[]

const ASKED = { asked: requiredFact, limit: rateLimitFact }

const roundsFact = factOf(
  ASKED,
  async ({ asked, limit }, host): Promise<readonly Round[] | Skip> => {
    const isFiltered = await filteredIn(host, asked)
    const answered = asked.filter((query) => query.ruling !== 'refused')
    const open = answered.filter((query) => !isFiltered(query.target))
    const kept = open.filter((query) => query.target.transport !== 'udp' || !hitsProbes(limit))
    const rounds = [...Map.groupBy(kept, (query) => query.probe).values()]
    if (rounds.length > 0) return rounds
    if (asked.length === 0) return skip('nobody listens: H403, H404')
    if (answered.length === 0) return skip('all queries are refused: H408')
    if (open.length === 0) return skip('the firewall drops queries: H516')
    return skip('a rate limit drops queries: H414')
  },
)

export const ANSWERS = bindCheck({
  code: 'H407',
  title: 'The DNS server answers',
  severity: 'fail',
  takesSeconds: true,
  about: [
    'The server runs and has its sockets, but nothing comes back, or nothing that is DNS: it is stopped (state T in ps), hangs, or is too busy. Each required probe of the configuration is asked at every local address, from that address, as the daemon does it, and waited for longer than the daemon does.',
    'Where only some addresses are silent it is H410.',
  ],
  needs: { rounds: roundsFact },
  async judge({ rounds }, host) {
    const round = uniform(rounds, 'silent')
    const [first] = round
    if (first === undefined) return ok(`${rounds.flat().length} answers`)
    const ground = await groundFact(host)
    const processes = isSkip(ground) ? [] : (ground.named?.processes ?? [])
    const stopped = processes.find(isStopped)
    return trouble(
      stopped === undefined
        ? `The DNS server answers at none of ${round.length} addresses and transports`
        : `named (process ${stopped.pid}) is stopped, and answers nothing`,
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
  title: 'Queries from this server are not refused',
  severity: 'fail',
  takesSeconds: true,
  about: [
    'A probe asks from the address that it asks, so named has to let every local address ask: allow-query and allow-recursion (and allow-query-cache) must not leave out "localhost", which is every address of this host. A refused probe counts as a failure, and a sound server leaves the election.',
    'Seen by the response code REFUSED to a required probe at any address, or to an upstream probe through the loopback interface. Refused at some addresses only: a list that names networks, and leaves out loopback or one family.',
  ],
  needs: { required: requiredFact },
  wants: { upstream: upstreamFact },
  judge({ required, upstream }) {
    const all = [...required, ...(upstream ?? [])]
    const refused = all.filter((asked) => asked.ruling === 'refused')
    const [first] = refused
    if (first === undefined) return ok(`none of ${all.length} queries was refused`)
    const list = first.group.kind === 'upstream' ? 'allow-recursion' : 'allow-query'
    return trouble(
      `named refuses ${first.probe.question.name} ${first.probe.question.type} to ${first.target.address}`,
      refused.map(told),
      [
        digFor(first),
        "named-checkconf -p | grep -A9 -E 'allow-(query|recursion|query-cache)|match-clients'",
        `add "localhost;" to ${list} in named.conf, then: rndc reconfig`,
      ],
    )
  },
})

export const EXPECTED = bindCheck({
  code: 'H409',
  title: 'Required probes are answered as expected',
  severity: 'fail',
  takesSeconds: true,
  about: [
    'The server answers at every address, but not what the configuration expects: a zone that did not load (SERVFAIL), that is not there (NXDOMAIN), or that holds something else. The daemon takes such a server out of the election.',
    'The probe that stands in when none is configured, "127.in-addr.arpa SOA", needs named’s built-in empty zones or a zone of that name. "empty-zones-enable no", and forwarding everything without such a zone, take it away; "holdfast render-config bind-zone" renders a zone that is there in any case.',
  ],
  needs: { rounds: roundsFact },
  judge({ rounds }) {
    const round = uniform(rounds, 'wrong')
    const [first] = round
    if (first === undefined)
      return ok(`${rounds.length} ${rounds.length === 1 ? 'probe' : 'probes'}`)
    const { name, type } = first.probe.question
    return trouble(
      `No address answers ${name} ${type} as [checks.${first.group.name}] expects it`,
      round.map(told),
      [
        digFor(first),
        'journalctl -u named -n 50',
        `rndc zonestatus ${name}`,
        ...(name === '127.in-addr.arpa'
          ? ['empty-zones-enable yes; in named.conf, or a zone "127.in-addr.arpa" of its own']
          : []),
      ],
    )
  },
})

export const SAME = bindCheck({
  code: 'H410',
  title: 'All addresses answer the same',
  severity: 'fail',
  takesSeconds: true,
  about: [
    'Some local addresses answer as expected, and others do not answer, or answer something else: a packet filter in between, views that go by the address that was asked, or two servers on one host. Clients then see one thing or the other, as their address goes.',
    'Outcomes are compared, and so are the contents of the answers, whatever their order. What differs is asked twice, since a zone may change between two questions.',
  ],
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
        `${odd.map((asked) => targetName(asked.target)).join(', ')}: the answer to ${name} ${type} is not that of the other addresses`,
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
    return ok(`${rounds.flat().length} answers, the same at every address`)
  },
})

export const FAST = bindCheck({
  code: 'H411',
  title: 'Required probes are answered in time',
  severity: 'warn',
  takesSeconds: true,
  about: [
    'An answer came, but later than half of the time that the configuration allows it (timeout of the probe group). A little more load and the daemon counts it as lost. Local data takes well under a millisecond: look for a busy processor, for swapping, or for a probe that is not local data after all.',
    'Asked three times, and the fastest answer counts, the last one that the daemon had included.',
  ],
  needs: { rounds: roundsFact },
  async judge({ rounds }, host) {
    const answers = rounds.flat().filter((round) => round.ruling === 'ok')
    if (answers.length === 0) return skip('there are no answers to measure: H407, H409')
    const known = await daemonsLatencies(host)
    const slow = answers.filter((answer) => {
      const daemonsMs = known.get(targetName(answer.target)) ?? Number.POSITIVE_INFINITY
      return Math.min(answer.answer.latencyMs, daemonsMs) >= slowMs(answer.group)
    })
    const slowest = answers.reduce((a, b) => (a.answer.latencyMs > b.answer.latencyMs ? a : b))
    if (slow.length === 0) return ok(`the slowest took ${inMs(slowest)} ms`)
    const { name, type } = slowest.probe.question
    return trouble(
      `${name} ${type} took ${inMs(slowest)} ms at ${targetName(slowest.target)}, of ${slowest.group.timeoutMs} ms that it may take`,
      slow.map((asked) => `${told(asked)}, after ${inMs(asked)} ms at best`),
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
 * How fast each target was when the daemon last asked it. The doctor looks at a hundred things at
 * once, and on a busy host its own waiting is in what it measures.
 */
async function daemonsLatencies(host: Host): Promise<ReadonlyMap<string, number>> {
  const status = await statusFact(host)
  if (status.kind !== 'fresh') return new Map()
  const answered = status.document.targets.filter((target) => target.outcome === 'ok')
  return new Map(
    answered.flatMap((targetStatus) =>
      targetStatus.latency_ms === null ? [] : [[targetStatus.target, targetStatus.latency_ms]],
    ),
  )
}

function inMs({ answer }: Asked): number {
  return Math.round(answer.latencyMs)
}
