// The built-in scenarios: what operators of recursive servers have met, each by its name.
import type { FaultRate, Scenario } from './fault.ts'
import { type Study, single } from './study.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

/** Error rates of a curve, in percent of queries lost. */
const CURVE_PERCENT = [1, 2, 5, 10, 20, 30, 40, 50, 60, 80] as const

/** As long as a short overload, or a few garbage collections of a packet filter. */
const BURST_MS = 2 * SECOND

/** Every built-in scenario, in the order of `--list`. */
export const SCENARIOS: readonly Study[] = [
  curve('curve', 'all servers lose queries, each on its own, at 1 to 80 %', 'all', null),
  curve('curve-bursts', 'the same share of queries, lost in bursts of 2 s', 'all', BURST_MS),
  curve('curve-one', 'server 1 alone loses queries in bursts, the others are good', [0], BURST_MS),
  single({
    ...named('bad-server', 'server 1 loses 60 % of queries in bursts, the others are good'),
    timed: [{ atMs: MINUTE, fault: { kind: 'errors', server: 0, rate: 0.6, burstMs: BURST_MS } }],
  }),
  single({
    ...named('crash', 'named crashes on any server 6 times an hour, and is back in 1 to 60 s'),
    random: [{ kind: 'crash', perHour: 6, minMs: SECOND, maxMs: MINUTE }],
  }),
  single({
    ...named('freeze-one', 'named on server 1 freezes for 3 s, every three minutes or so'),
    random: [{ ...freezes(20), servers: [0] }],
  }),
  single({
    ...named('freeze-all', 'the same on any server'),
    random: [freezes(60)],
  }),
  single({
    ...named(
      'lost-socket',
      'named crashes, and new holders often miss the TCP socket of an address',
    ),
    random: [
      { kind: 'crash', perHour: 6, minMs: SECOND, maxMs: MINUTE },
      { kind: 'lost-socket', perHour: 30, minMs: MINUTE, maxMs: 10 * MINUTE },
    ],
  }),
  single({
    ...named(
      'upstream',
      'what lies upstream of all servers is out, 4 times an hour for up to 5 min',
    ),
    random: [{ kind: 'upstream-outage', perHour: 4, minMs: 10 * SECOND, maxMs: 5 * MINUTE }],
  }),
  single({
    ...named('link-flaps', 'the link of server 1 goes down for a moment, 30 times an hour'),
    random: [{ kind: 'link-loss', perHour: 30, minMs: 100, maxMs: 3 * SECOND, servers: [0] }],
  }),
  single({
    ...named('partition', 'the network falls into two parts, 6 times an hour for up to a minute'),
    random: [{ kind: 'partition', perHour: 6, minMs: SECOND, maxMs: MINUTE }],
  }),
  single({
    ...named('daemon-death', 'the checking program dies anywhere, and is back within 10 s'),
    random: [{ kind: 'daemon-death', perHour: 12, minMs: 500, maxMs: 10 * SECOND }],
  }),
  single({
    ...named(
      'mixed',
      'a bit of everything: 2 % of queries lost, and each kind of fault now and then',
    ),
    steady: [{ servers: 'all', rate: 0.02, burstMs: null }],
    random: [
      { kind: 'crash', perHour: 2, minMs: SECOND, maxMs: MINUTE },
      freezes(6),
      { kind: 'slow', perHour: 2, minMs: SECOND, maxMs: 30 * SECOND },
      { kind: 'lost-socket', perHour: 4, minMs: MINUTE, maxMs: 10 * MINUTE },
      { kind: 'link-loss', perHour: 2, minMs: 100, maxMs: 30 * SECOND },
      { kind: 'partition', perHour: 1, minMs: SECOND, maxMs: 30 * SECOND },
      { kind: 'daemon-death', perHour: 2, minMs: 500, maxMs: 10 * SECOND },
      { kind: 'upstream-outage', perHour: 1, minMs: 10 * SECOND, maxMs: 2 * MINUTE },
      { kind: 'drain', perHour: 1, minMs: MINUTE, maxMs: 10 * MINUTE },
    ],
  }),
]

export function findScenario(name: string): Study | null {
  return SCENARIOS.find((study) => study.name === name) ?? null
}

function named(name: string, summary: string): Scenario {
  return { name, summary, steady: [], timed: [], random: [], quietFrom: 1 }
}

function curve(
  name: string,
  summary: string,
  servers: readonly number[] | 'all',
  burstMs: number | null,
): Study {
  const points = CURVE_PERCENT.map((ratePercent) => ({
    ratePercent,
    scenario: {
      ...named(name, summary),
      steady: [{ servers, rate: ratePercent / 100, burstMs }],
    },
  }))
  return { name, summary, points }
}

/** The "catatonia" of a resolver that purges its cache: nothing is lost, everything waits. */
function freezes(perHour: number): FaultRate {
  return { kind: 'freeze', perHour, minMs: 2.5 * SECOND, maxMs: 3.5 * SECOND }
}
