// The metrics: what the status says and what has been counted, under names by Prometheus' conventions.

import type { PublishedPriority } from '../../core/priority.ts'
import { STANDINGS, type Verdict } from '../../core/standing.ts'
import type {
  BackendStatus,
  InstanceStatus,
  StatusDocument,
} from '../../documents/status-document.ts'
import type { Tally } from '../../documents/tally-document.ts'
import { counter, expositionText, type Family, gauge, type Labels, states } from './exposition.ts'
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

const VERDICTS: readonly Verdict[] = ['healthy', 'degraded', 'failed']
const MODES = ['drained', 'isolated'] as const
const ADDRESS_STATES = ['ready', 'tentative', 'dadfailed'] as const

/** The whole exposition. A label is never named `instance`, for that is what Prometheus calls a target. */
export function metricsText(status: StatusDocument, tally: Tally, context: MetricsContext): string {
  return expositionText([
    ...lifeFamilies(status, context),
    ...verdictFamilies(status, tally),
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
): Family[] {
  return [
    gauge('holdfast_build_info', 'Which program this is, on which server; always 1.', [
      [{ version, server }, 1],
    ]),
    gauge('holdfast_start_timestamp_seconds', 'When the daemon started, in seconds since 1970.', [
      [{}, Math.round(startedWallMs / 1000)],
    ]),
    gauge(
      'holdfast_written_timestamp_seconds',
      'When the daemon gave these figures out. One that has died gives out no more.',
      [[{}, wallMs / 1000]],
    ),
  ]
}

function verdictFamilies(status: StatusDocument, tally: Tally): Family[] {
  return [
    gauge('holdfast_may_serve', '1 where keepalived may let this server hold addresses.', [
      [{}, status.may_serve],
    ]),
    gauge('holdfast_verdict', 'What the checks found: 1 for what they found, 0 for the others.', [
      ...states('verdict', VERDICTS, status.verdict),
    ]),
    gauge('holdfast_verdict_since_timestamp_seconds', 'When the verdict came to be so.', [
      [{}, Date.parse(status.verdict_since) / 1000],
    ]),
    counter(
      'holdfast_verdict_changes_total',
      'How often the verdict changed to this one.',
      tally.verdicts.map(({ verdict, count }) => [{ verdict }, count]),
    ),
    counter(
      'holdfast_standing_changes_total',
      'How often the server came to be worth this, by verdict and override together.',
      tally.standings.map(({ standing, count }) => [{ standing }, count]),
    ),
  ]
}

function overrideFamilies({ override }: StatusDocument): Family[] {
  const { sinceWallMs = null, untilWallMs = null } = override ?? {}
  return [
    gauge('holdfast_override', '1 while an operator has ordered this, be it for some instances.', [
      ...states('mode', MODES, override?.mode ?? null),
    ]),
    gauge('holdfast_override_corrupt', '1 while the file of the order cannot be read: drained.', [
      [{}, override?.corrupt !== undefined],
    ]),
    gauge('holdfast_override_since_timestamp_seconds', 'When the order was given.', [
      [{}, sinceWallMs === null ? null : sinceWallMs / 1000],
    ]),
    gauge('holdfast_override_until_timestamp_seconds', 'When the order ends by itself.', [
      [{}, untilWallMs === null ? null : untilWallMs / 1000],
    ]),
  ]
}

function flapFamilies({ flap }: StatusDocument): Family[] {
  return [
    gauge('holdfast_backoff_seconds', 'The wait after the next failing sweep.', [
      [{}, flap.backoff_ms / 1000],
    ]),
    gauge(
      'holdfast_hold_down_seconds',
      'For how long the backoff does not shrink, because an address went.',
      [[{}, flap.hold_down_ms / 1000]],
    ),
    gauge(
      'holdfast_probation_seconds',
      'Clean sweeping that the server still owes before its rank counts again.',
      [[{}, flap.probation_ms / 1000]],
    ),
    gauge('holdfast_relapses', 'Failures that it recovered from and that are not forgotten yet.', [
      [{}, flap.relapses],
    ]),
  ]
}

function fileFamilies(tally: Tally, { spool, complaints }: MetricsContext): Family[] {
  const { taken, refused } = tally.reloads
  return [
    gauge('holdfast_spool_events', 'Transitions that have not been told everywhere yet.', [
      [{}, spool.waiting],
    ]),
    gauge('holdfast_spool_oldest_age_seconds', 'The age of the oldest of them, 0 for none.', [
      [{}, spool.oldestMs / 1000],
    ]),
    counter('holdfast_config_reloads_total', 'Configs that were read while the daemon ran.', [
      [{ result: 'taken' }, taken],
      [{ result: 'refused' }, refused],
    ]),
    gauge(
      'holdfast_complaints',
      'What the status complains of: a config or an order that is refused, and all else.',
      Object.entries(complaints).map(([about, count]) => [{ about }, count]),
    ),
  ]
}

/** Addresses at which nothing can be bound are seen here alone: they are no targets. */
function addressFamily({ addresses }: StatusDocument): Family {
  return gauge(
    'holdfast_addresses',
    'Addresses of this host, by what the kernel says of them.',
    ADDRESS_STATES.map((state) => [
      { state },
      addresses.filter((address) => address.state === state).length,
    ]),
  )
}

function backendFamilies({ backends = [] }: StatusDocument): Family[] {
  return [
    gauge(
      'holdfast_backend_weight',
      'What a real server weighs in IPVS now; none before its first verdict.',
      backends.map((backend) => [backendLabels(backend), backend.weight]),
    ),
    gauge(
      'holdfast_backend_configured_weight',
      'What a real server weighs while it is healthy and has been for the slow start.',
      backends.map((backend) => [backendLabels(backend), backend.configured_weight]),
    ),
    gauge(
      'holdfast_backend_up',
      '1 where the checks found that a real server answers, be it drained or not.',
      backends.map((backend) => [backendLabels(backend), backend.verdict !== 'failed']),
    ),
    gauge(
      'holdfast_backend_standing',
      'What a real server is worth: 1 for what it is, 0 for the others.',
      backends.flatMap((backend) =>
        states('standing', STANDINGS, backend.standing, backendLabels(backend)),
      ),
    ),
    gauge(
      'holdfast_backend_override',
      '1 while an operator keeps a real server out of the pool.',
      backends.map((backend) => [backendLabels(backend), backend.override !== null]),
    ),
    counter(
      'holdfast_backend_moves_total',
      'How often a real server came into the pool, and went.',
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

function electionFamilies({ instances }: StatusDocument, { moves }: Tally): Family[] {
  const pools = new Map(instances.map(({ name, pool }) => [name, pool]))
  const here = moves.filter(({ instance }) => pools.has(instance))
  return [
    gauge(
      'holdfast_instance_rank',
      "The server's place in the order, 1 is best; none where no order lists it.",
      instances.map((instance) => [instanceLabels(instance), instance.rank]),
    ),
    gauge(
      'holdfast_instance_servers',
      'How many servers the order lists.',
      instances.map((instance) => [instanceLabels(instance), instance.of]),
    ),
    gauge(
      'holdfast_instance_standing',
      'What the server is worth here: 1 for what it is, 0 for the others.',
      instances.flatMap((instance) =>
        states('standing', STANDINGS, instance.standing, instanceLabels(instance)),
      ),
    ),
    gauge(
      'holdfast_instance_priority',
      "keepalived's effective priority, 1 the lowest; 0 stands for FAULT.",
      instances.map((instance) => [instanceLabels(instance), priorityNumber(instance.priority)]),
    ),
    gauge(
      'holdfast_instance_holding',
      '1 where the service addresses are on an interface other than loopback.',
      instances.map((instance) => [instanceLabels(instance), instance.holding]),
    ),
    gauge(
      'holdfast_service_address_held',
      '1 where this service address is on an interface other than loopback.',
      instances.flatMap((instance) =>
        instance.addresses.map(
          (address) => [{ ...instanceLabels(instance), address }, instance.holding] as const,
        ),
      ),
    ),
    counter(
      'holdfast_instance_moves_total',
      'How often the service addresses came to this server, and went.',
      here.flatMap(({ instance, came, went }) => {
        const labels = { pool: pools.get(instance) ?? '', vrrp_instance: instance }
        return [
          [{ ...labels, direction: 'came' }, came] as const,
          [{ ...labels, direction: 'went' }, went] as const,
        ]
      }),
    ),
  ]
}

function instanceLabels({ name, pool }: InstanceStatus): Labels {
  return { pool, vrrp_instance: name }
}

function priorityNumber(priority: PublishedPriority): number {
  if (priority === 'fault') return 0
  return priority === 'lowest' ? 1 : priority
}
