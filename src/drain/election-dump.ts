// keepalived's JSON dump: the seats in it, by the instances of the config. Pure.
import type { PoolConfig } from '../config/config.ts'
import type { InstanceStatus } from '../render/status-document.ts'
import { type Seat, serverOfPriority } from './sight.ts'

/** One vrrp_instance of a dump, as far as it matters. */
export interface DumpedInstance {
  readonly name: string
  readonly state: Seat['state']
  readonly ownPriority: number
  readonly masterPriority: number
  /** Adverts received since keepalived started. */
  readonly adverts: number
  /** Its service addresses, without prefix lengths. */
  readonly addresses: readonly string[]
}

const STATES = ['init', 'backup', 'master', 'fault'] as const

/** The instances of a dump, or null for a text that is not one, such as one still being written. */
export function parseDump(text: string): readonly DumpedInstance[] | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (!Array.isArray(value)) return null
  const instances = value.map(readInstance)
  return instances.includes(null) ? null : (instances as DumpedInstance[])
}

function readInstance(value: unknown): DumpedInstance | null {
  const { data, stats } = (value ?? {}) as { data?: Fields; stats?: Fields }
  const state = STATES[Number(data?.state)]
  if (data === undefined || stats === undefined || state === undefined) return null
  return {
    name: String(data.iname),
    state,
    ownPriority: Number(data.effective_priority),
    masterPriority: Number(data.master_priority),
    adverts: Number(stats.advert_rcvd),
    addresses: [...addressesIn(data.vips), ...addressesIn(data.evips)],
  }
}

type Fields = Readonly<Record<string, unknown>>

/** "192.0.2.53/24 dev eth0 scope global" begins with the address. */
function addressesIn(value: unknown): string[] {
  if (!Array.isArray(value)) return []
  return value.map((it) => String(it).split(/[/ ]/, 1)[0] ?? '')
}

/** When each vrrp_instance was last found to have received adverts, and how many. */
export type Hearing = Map<string, { adverts: number; heardMs: number }>

/**
 * The seats of each instance of the config; one whose families have elections of their own has two.
 * An advert is heard when the count of them has grown since an earlier dump, so the first dump
 * never hears any.
 */
export function seatsIn(
  dump: readonly DumpedInstance[],
  pools: readonly PoolConfig[],
  hearing: Hearing,
  nowMs: number,
  silenceMs: number,
): ReadonlyMap<string, readonly Seat[]> {
  for (const { name, adverts } of dump) {
    const before = hearing.get(name)
    if (before === undefined) hearing.set(name, { adverts, heardMs: Number.NEGATIVE_INFINITY })
    else if (before.adverts !== adverts) hearing.set(name, { adverts, heardMs: nowMs })
  }
  const instances = pools.flatMap((pool) => pool.instances)
  return new Map(
    instances.map((instance) => [
      instance.name,
      dump
        .filter((it) => isOf(instance, it))
        .map((it) => ({
          name: it.name,
          state: it.state,
          ownPriority: it.ownPriority,
          masterPriority: it.masterPriority,
          hears: nowMs - (hearing.get(it.name)?.heardMs ?? 0) <= silenceMs,
        })),
    ]),
  )
}

/** Whether keepalived elects for this instance there, or for a part of its addresses. */
function isOf(
  { name, addresses }: Pick<InstanceStatus, 'name' | 'addresses'>,
  dumped: DumpedInstance,
): boolean {
  return dumped.name === name || dumped.addresses.some((own) => addresses.includes(own))
}

/** Who holds an instance elsewhere: the server's name, or null where its priority is that of no rank. */
export type Holders = ReadonlyMap<string, string | null>

/**
 * The holders of the instances that another server holds. keepalived tells what the master is worth,
 * and a rank has a priority of its own; one that keepalived here does not vie for is left out.
 */
export function holdersIn(
  dump: readonly DumpedInstance[],
  instances: readonly InstanceStatus[],
): Holders {
  return new Map(
    instances.flatMap((instance): [string, string | null][] => {
      const seats = dump.filter((it) => isOf(instance, it))
      const isElsewhere = seats.every((it) => it.state === 'backup' && it.masterPriority > 0)
      if (instance.holding || seats.length === 0 || !isElsewhere) return []
      const servers = instance.servers ?? []
      const names = new Set(seats.map((it) => serverOfPriority(it.masterPriority, servers)))
      const [name = null] = names
      return [[instance.name, names.size === 1 ? name : null]]
    }),
  )
}
