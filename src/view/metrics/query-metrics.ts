// Metrics of the checks: queries by what they came to, how long they took, targets and upstream groups.
import { isPass } from '../../core/outcome.ts'
import type { StatusDocument, TargetStatus } from '../../documents/status-document.ts'
import {
  type Histogram,
  LATENCY_BOUNDS_MS,
  SWEEP_BOUNDS_MS,
  type Tally,
} from '../../documents/tally-document.ts'
import {
  counter,
  type Family,
  gauge,
  type HistogramSample,
  histogram,
  type Labels,
} from './exposition.ts'

export function queryFamilies(status: StatusDocument, tally: Tally): Family[] {
  return [
    counter(
      'holdfast_queries_total',
      'Queries that have ended, by what they came to.',
      tally.queries.map(({ transport, family, group, outcome, count }) => [
        { transport, family: familyName(family), group, outcome },
        count,
      ]),
    ),
    counter(
      'holdfast_confirmations_total',
      'Queries that asked again, because an earlier one erred or was late.',
      [[{}, tally.confirmations]],
    ),
    histogram(
      'holdfast_query_duration_seconds',
      'How long the queries that were answered took.',
      tally.latency.map((histogram) =>
        inSeconds(
          { transport: histogram.transport, family: familyName(histogram.family) },
          LATENCY_BOUNDS_MS,
          histogram,
        ),
      ),
    ),
    histogram(
      'holdfast_sweep_duration_seconds',
      'How long a sweep over all targets took; one that is spread takes about its period.',
      tally.sweeps.map((sweep) => inSeconds({ mode: sweep.mode }, SWEEP_BOUNDS_MS, sweep)),
    ),
    ...targetFamilies(status),
    ...upstreamFamilies(status),
  ]
}

function targetFamilies({ targets }: StatusDocument): Family[] {
  return [
    gauge(
      'holdfast_target_up',
      '1 where the last answer was as expected, or the address had vanished.',
      targets.map((target) => [
        labelsOf(target),
        target.outcome === null ? null : isPass(target.outcome),
      ]),
    ),
    gauge(
      'holdfast_target_latency_seconds',
      'How long the last answer took.',
      targets.map((target) => [
        labelsOf(target),
        target.latency_ms === null ? null : target.latency_ms / 1000,
      ]),
    ),
    gauge(
      'holdfast_target_late_seconds',
      'The age at which a query counts as late.',
      targets.map((target) => [labelsOf(target), target.late_ms / 1000]),
    ),
  ]
}

function upstreamFamilies({ upstreams }: StatusDocument): Family[] {
  const of = (
    value: (upstreamStatus: StatusDocument['upstreams'][number]) => number | boolean | null,
  ) => upstreams.map((upstream) => [{ group: upstream.name }, value(upstream)] as const)
  return [
    gauge(
      'holdfast_upstream_up',
      '1 while enough probes of the group are answered.',
      of(({ up }) => up),
    ),
    gauge(
      'holdfast_upstream_probes_passed',
      'Probes that were answered well in the last round.',
      of(({ passed }) => passed),
    ),
    gauge(
      'holdfast_upstream_probes',
      'Probes of the group.',
      of(({ of: all }) => all),
    ),
    gauge(
      'holdfast_upstream_quorum',
      'The least number of probes that must be answered.',
      of(({ quorum }) => quorum),
    ),
  ]
}

/** A target's name is its transport and its address: "udp/192.0.2.1". */
function labelsOf({ target, interface: name }: TargetStatus): Labels {
  const [transport = '', ...rest] = target.split('/')
  return { transport, address: rest.join('/'), interface: name }
}

function familyName(family: 4 | 6): string {
  return `ipv${family}`
}

function inSeconds(
  labels: Labels,
  boundsMs: readonly number[],
  { counts, count, sumMs }: Histogram,
): HistogramSample {
  return { labels, boundsS: boundsMs.map((ms) => ms / 1000), counts, count, sumS: sumMs / 1000 }
}
