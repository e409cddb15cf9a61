// Metrics of the checks: queries by outcome, their response times, endpoints and upstream groups.
import { isPass } from '../../core/outcome.ts'
import type { EndpointStatus, StatusDocument } from '../../documents/status-document.ts'
import {
  CYCLE_BOUNDS_MS,
  type Histogram,
  LATENCY_BOUNDS_MS,
  type Tally,
} from '../../documents/tally-document.ts'
import {
  counter,
  gauge,
  type HistogramSample,
  histogram,
  type Labels,
  type MetricFamily,
} from './exposition.ts'

export function queryFamilies(status: StatusDocument, tally: Tally): MetricFamily[] {
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
      'holdfast_cycle_duration_seconds',
      'Duration of a check cycle in seconds; a spread cycle takes about one interval.',
      tally.cycles.map((cycle) => inSeconds({ mode: cycle.mode }, CYCLE_BOUNDS_MS, cycle)),
    ),
    ...endpointFamilies(status),
    ...upstreamFamilies(status),
  ]
}

function endpointFamilies({ endpoints }: StatusDocument): MetricFamily[] {
  return [
    gauge(
      'holdfast_endpoint_up',
      '1 if the last response was as expected or the address is gone, 0 otherwise.',
      endpoints.map((endpoint) => [
        labelsOf(endpoint),
        endpoint.outcome === null ? null : isPass(endpoint.outcome),
      ]),
    ),
    gauge(
      'holdfast_endpoint_latency_seconds',
      'Time to the last response in seconds.',
      endpoints.map((endpoint) => [
        labelsOf(endpoint),
        endpoint.latency_ms === null ? null : endpoint.latency_ms / 1000,
      ]),
    ),
    gauge(
      'holdfast_endpoint_late_seconds',
      'Time in seconds after which a query counts as late.',
      endpoints.map((endpoint) => [labelsOf(endpoint), endpoint.late_ms / 1000]),
    ),
  ]
}

function upstreamFamilies({ upstreams }: StatusDocument): MetricFamily[] {
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

/** An endpoint's name is its transport and its address: "udp/192.0.2.1". */
function labelsOf({ endpoint, interface: name }: EndpointStatus): Labels {
  const [transport = '', ...rest] = endpoint.split('/')
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
