// Metrics of the election: a server's place in each instance, and what it holds.
import type { PublishedPriority } from '../../core/priority.ts'
import { STANDINGS } from '../../core/standing.ts'
import type { InstanceStatus, StatusDocument } from '../../documents/status.ts'
import type { Tally } from '../../documents/tally.ts'
import { counter, type Family, gauge, type Labels, states } from './exposition.ts'

export function electionFamilies({ instances }: StatusDocument, { moves }: Tally): Family[] {
  const pools = new Map(instances.map(({ name, pool }) => [name, pool]))
  const here = moves.filter(({ instance }) => pools.has(instance))
  return [
    gauge(
      'holdfast_instance_rank',
      "The server's place in the order, 1 is best; none where no order lists it.",
      instances.map((it) => [labelsOf(it), it.rank]),
    ),
    gauge(
      'holdfast_instance_servers',
      'How many servers the order lists.',
      instances.map((it) => [labelsOf(it), it.of]),
    ),
    gauge(
      'holdfast_instance_standing',
      'What the server is worth here: 1 for what it is, 0 for the others.',
      instances.flatMap((it) => states('standing', STANDINGS, it.standing, labelsOf(it))),
    ),
    gauge(
      'holdfast_instance_priority',
      "keepalived's effective priority, 1 the lowest; 0 stands for FAULT.",
      instances.map((it) => [labelsOf(it), priorityNumber(it.priority)]),
    ),
    gauge(
      'holdfast_instance_holding',
      '1 where the service addresses are on an interface other than loopback.',
      instances.map((it) => [labelsOf(it), it.holding]),
    ),
    gauge(
      'holdfast_service_address_held',
      '1 where this service address is on an interface other than loopback.',
      instances.flatMap((it) =>
        it.addresses.map((address) => [{ ...labelsOf(it), address }, it.holding] as const),
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

function labelsOf({ name, pool }: InstanceStatus): Labels {
  return { pool, vrrp_instance: name }
}

function priorityNumber(priority: PublishedPriority): number {
  if (priority === 'fault') return 0
  return priority === 'lowest' ? 1 : priority
}
