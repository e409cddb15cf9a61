// Metrics of the checks: queries by outcome, their response times, endpoints and upstream groups.
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
      'Number of completed queries by outcome.',
      tally.queries.map(({ transport, family, group, outcome, count }) => [
        { transport, family: familyName(family), group, outcome },
        count,
      ]),
    ),
    counter('holdfast_confirmations_total', 'Number of retries after a failed or late query.', [
      [{}, tally.confirmations],
    ]),
    histogram(
      'holdfast_query_duration_seconds',
      'Response time of queries in seconds.',
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
      'Duration of a check cycle in seconds; a spread cycle takes about one interval.',
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
      '1 if the last response was as expected or the address is gone, 0 otherwise.',
      targets.map((target) => [
        labelsOf(target),
        target.outcome === null ? null : isPass(target.outcome),
      ]),
    ),
    gauge(
      'holdfast_target_latency_seconds',
      'Time to the last response in seconds.',
      targets.map((target) => [
        labelsOf(target),
        target.latency_ms === null ? null : target.latency_ms / 1000,
      ]),
    ),
    gauge(
      'holdfast_target_late_seconds',
      'Time in seconds after which a query counts as late.',
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
      '1 if enough probes of the group pass, 0 otherwise.',
      of(({ up }) => up),
    ),
    gauge(
      'holdfast_upstream_probes_passed',
      'Number of probes that passed in the last check cycle.',
      of(({ passed }) => passed),
    ),
    gauge(
      'holdfast_upstream_probes',
      'Number of probes in the group.',
      of(({ of: all }) => all),
    ),
    gauge(
      'holdfast_upstream_quorum',
      'Minimum number of probes that must pass.',
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
