// The metrics: what the status says and what has been counted, under names by Prometheus' conventions.

import type { PublishedPriority } from '../../core/priority.ts'
import { type Health, SERVER_STATES } from '../../core/server-state.ts'
import type {
  BackendStatus,
  InstanceStatus,
  StatusDocument,
} from '../../documents/status-document.ts'
import type { Tally } from '../../documents/tally-document.ts'
import {
  counter,
  expositionText,
  gauge,
  type Labels,
  type MetricFamily,
  states,
} from './exposition.ts'
import { queryFamilies } from './query-metrics.ts'

/** What neither status nor tally says. */
export interface MetricsContext {
  /** Milliseconds since 1970, now. */
  readonly wallMs: number
  /** When the daemon started, the same each time: who watches it for changes counts starts. */
  readonly startedWallMs: number
  /** Transitions of keepalived's that have not been reported on every channel yet. */
  readonly spool: { readonly waiting: number; readonly oldestMs: number }
  /** How many complaints there are about files that are refused, and about all else. */
  readonly complaints: {
    readonly config: number
    readonly order: number
    readonly other: number
  }
}

const HEALTH_VALUES: readonly Health[] = ['healthy', 'degraded', 'failed']
const MODES = ['drained', 'isolated'] as const
const ADDRESS_STATES = ['ready', 'tentative', 'dadfailed'] as const

/** The whole exposition. A label is never named `instance`, for that is what Prometheus calls a target. */
export function metricsText(status: StatusDocument, tally: Tally, context: MetricsContext): string {
  return expositionText([
    ...lifeFamilies(status, context),
    ...healthFamilies(status, tally),
    ...overrideFamilies(status),
    ...flapFamilies(status),
    ...electionFamilies(status, tally),
    ...backendFamilies(status),
    ...queryFamilies(status, tally),
    addressFamily(status),
    ...fileFamilies(tally, context),
  ])
}

function lifeFamilies(
  { version, server }: StatusDocument,
  { wallMs, startedWallMs }: MetricsContext,
): MetricFamily[] {
  return [
    gauge('holdfast_build_info', 'Version and server name; always 1.', [[{ version, server }, 1]]),
    gauge('holdfast_start_timestamp_seconds', 'Unix time at which the daemon started.', [
      [{}, Math.round(startedWallMs / 1000)],
    ]),
    gauge('holdfast_written_timestamp_seconds', 'Unix time at which these metrics were written.', [
      [{}, wallMs / 1000],
    ]),
  ]
}

function healthFamilies(status: StatusDocument, tally: Tally): MetricFamily[] {
  return [
    gauge('holdfast_may_serve', '1 if this server may hold service addresses, 0 otherwise.', [
      [{}, status.may_serve],
    ]),
    gauge('holdfast_health', '1 for the current health of the server, 0 for the others.', [
      ...states('health', HEALTH_VALUES, status.health),
    ]),
    gauge('holdfast_health_since_timestamp_seconds', 'Unix time of the last change of health.', [
      [{}, Date.parse(status.health_since) / 1000],
    ]),
    counter(
      'holdfast_health_changes_total',
      'Number of changes to this health.',
      tally.healthChanges.map(({ health, count }) => [{ health }, count]),
    ),
    counter(
      'holdfast_state_changes_total',
      'Number of transitions into this state.',
      tally.serverStates.map(({ state: serverState, count }) => [{ state: serverState }, count]),
    ),
  ]
}

function overrideFamilies({ override }: StatusDocument): MetricFamily[] {
  const { sinceWallMs = null, untilWallMs = null } = override ?? {}
  return [
    gauge(
      'holdfast_override',
      '1 if this server or some of its instances are drained or isolated, 0 otherwise.',
      [...states('mode', MODES, override?.mode ?? null)],
    ),
    gauge(
      'holdfast_override_corrupt',
      '1 if the override file cannot be read and counts as drained, 0 otherwise.',
      [[{}, override?.corrupt !== undefined]],
    ),
    gauge(
      'holdfast_override_since_timestamp_seconds',
      'Unix time at which the drain or isolation began.',
      [[{}, sinceWallMs === null ? null : sinceWallMs / 1000]],
    ),
    gauge(
      'holdfast_override_until_timestamp_seconds',
      'Unix time at which the drain or isolation ends by itself.',
      [[{}, untilWallMs === null ? null : untilWallMs / 1000]],
    ),
  ]
}

function flapFamilies({ flap }: StatusDocument): MetricFamily[] {
  return [
    gauge('holdfast_backoff_seconds', 'Delay after the next failing check cycle in seconds.', [
      [{}, flap.backoff_ms / 1000],
    ]),
    gauge(
      'holdfast_backoff_hold_seconds',
      'Remaining time in seconds for which the backoff is not reduced, after an address was removed.',
      [[{}, flap.backoff_hold_ms / 1000]],
    ),
    gauge(
      'holdfast_probation_seconds',
      'Remaining probation time in seconds; only passing check cycles reduce it.',
      [[{}, flap.probation_ms / 1000]],
    ),
    gauge('holdfast_repeat_failures', 'Number of repeat failures that have not expired yet.', [
      [{}, flap.repeat_failures],
    ]),
  ]
}

function fileFamilies(tally: Tally, { spool, complaints }: MetricsContext): MetricFamily[] {
  const { taken, refused } = tally.reloads
  return [
    gauge('holdfast_spool_events', 'Number of transitions that some channel has not sent yet.', [
      [{}, spool.waiting],
    ]),
    gauge(
      'holdfast_spool_oldest_age_seconds',
      'Age of the oldest such transition in seconds, 0 if there is none.',
      [[{}, spool.oldestMs / 1000]],
    ),
    counter('holdfast_config_reloads_total', 'Number of configuration reloads by result.', [
      [{ result: 'taken' }, taken],
      [{ result: 'refused' }, refused],
    ]),
    gauge(
      'holdfast_complaints',
      'Number of warnings in the status: about a config, a server order, or anything else.',
      Object.entries(complaints).map(([about, count]) => [{ about }, count]),
    ),
  ]
}

/** Addresses at which nothing can be bound are seen here alone: they are no endpoints. */
function addressFamily({ addresses }: StatusDocument): MetricFamily {
  return gauge(
    'holdfast_addresses',
    'Number of addresses of this host by kernel state.',
    ADDRESS_STATES.map((state) => [
      { state },
      addresses.filter((address) => address.state === state).length,
    ]),
  )
}

function backendFamilies({ backends = [] }: StatusDocument): MetricFamily[] {
  return [
    gauge(
      'holdfast_backend_weight',
      'Current IPVS weight of the real server; absent before its first check result.',
      backends.map((backend) => [backendLabels(backend), backend.weight]),
    ),
    gauge(
      'holdfast_backend_configured_weight',
      'IPVS weight of the real server when it is healthy and its slow start is over.',
      backends.map((backend) => [backendLabels(backend), backend.configured_weight]),
    ),
    gauge(
      'holdfast_backend_up',
      '1 if the real server is healthy or degraded, drained or not; 0 otherwise.',
      backends.map((backend) => [backendLabels(backend), backend.health !== 'failed']),
    ),
    gauge(
      'holdfast_backend_state',
      '1 for the current state of the real server, 0 for the others.',
      backends.flatMap((backend) =>
        states('state', SERVER_STATES, backend.state, backendLabels(backend)),
      ),
    ),
    gauge(
      'holdfast_backend_override',
      '1 if an operator has drained the real server, 0 otherwise.',
      backends.map((backend) => [backendLabels(backend), backend.override !== null]),
    ),
    counter(
      'holdfast_backend_moves_total',
      'Number of times the real server was added to the pool (came) or removed (went).',
      backends.flatMap((backend) => [
        [{ ...backendLabels(backend), direction: 'came' }, backend.came] as const,
        [{ ...backendLabels(backend), direction: 'went' }, backend.went] as const,
      ]),
    ),
  ]
}

function backendLabels({ service, server }: BackendStatus): Labels {
  return { service, server }
}

function electionFamilies({ instances }: StatusDocument, { moves }: Tally): MetricFamily[] {
  const clusters = new Map(instances.map(({ name, cluster }) => [name, cluster]))
  const here = moves.filter(({ instance }) => clusters.has(instance))
  return [
    gauge(
      'holdfast_instance_rank',
      'Position of this server in the server order, 1 is first; absent if no order lists it.',
      instances.map((instance) => [instanceLabels(instance), instance.rank]),
    ),
    gauge(
      'holdfast_instance_servers',
      'Number of servers in the server order.',
      instances.map((instance) => [instanceLabels(instance), instance.of]),
    ),
    gauge(
      'holdfast_instance_state',
      '1 for the current state of this server in the instance, 0 for the others.',
      instances.flatMap((instance) =>
        states('state', SERVER_STATES, instance.state, instanceLabels(instance)),
      ),
    ),
    gauge(
      'holdfast_instance_priority',
      'Effective VRRP priority; 1 is the lowest, 0 means FAULT.',
      instances.map((instance) => [instanceLabels(instance), priorityNumber(instance.priority)]),
    ),
    gauge(
      'holdfast_instance_holding',
      '1 if the service addresses are on an interface other than loopback, 0 otherwise.',
      instances.map((instance) => [instanceLabels(instance), instance.holding]),
    ),
    gauge(
      'holdfast_service_address_held',
      '1 if this service address is on an interface other than loopback, 0 otherwise.',
      instances.flatMap((instance) =>
        instance.addresses.map(
          (address) => [{ ...instanceLabels(instance), address }, instance.holding] as const,
        ),
      ),
    ),
    counter(
      'holdfast_instance_moves_total',
      'Number of times the service addresses were added to this server (came) or removed (went).',
      here.flatMap(({ instance, came, went }) => {
        const labels = { cluster: clusters.get(instance) ?? '', vrrp_instance: instance }
        return [
          [{ ...labels, direction: 'came' }, came] as const,
          [{ ...labels, direction: 'went' }, went] as const,
        ]
      }),
    ),
  ]
}

function instanceLabels({ name, cluster }: InstanceStatus): Labels {
  return { cluster, vrrp_instance: name }
}

function priorityNumber(priority: PublishedPriority): number {
  if (priority === 'fault') return 0
  return priority === 'lowest' ? 1 : priority
}
