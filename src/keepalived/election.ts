// The election as keepalived's JSON dump shows it, by the instances of the configuration, and how long one takes.
import type { ClusterConfig, ElectionConfig, InstanceConfig } from '../config/config.ts'
import { effectivePriority, type PublishedPriority } from '../core/priority.ts'
import type { RunningInstance } from './dump.ts'

/** keepalived's own view of one vrrp_instance. */
export interface VirtualRouter {
  readonly name: string
  readonly state: 'init' | 'backup' | 'master' | 'fault'
  /** What the master said last; of no meaning while none is heard. */
  readonly masterPriority: number
  /** Adverts of a master came in lately. */
  readonly hears: boolean
}

/** The election as keepalived tells it, or why it tells nothing. */
export type ElectionSight =
  | { readonly kind: 'seen'; readonly routers: ReadonlyMap<string, readonly VirtualRouter[]> }
  | { readonly kind: 'unseen'; readonly why: string }

/** When each vrrp_instance was last found to have received adverts, and how many. */
export type Hearing = Map<string, { adverts: number; heardMs: number }>

/**
 * The routers of each instance of the config; one whose families have elections of their own has two.
 * An advert is heard when the count of them has grown since an earlier dump, so the first dump
 * never hears any.
 */
export function virtualRoutersIn(
  dump: readonly RunningInstance[],
  clusters: readonly ClusterConfig[],
  hearing: Hearing,
  nowMs: number,
  silenceMs: number,
): ReadonlyMap<string, readonly VirtualRouter[]> {
  for (const { name, counters } of dump) {
    const adverts = counters.advert_rcvd
    const before = hearing.get(name)
    if (before === undefined) hearing.set(name, { adverts, heardMs: Number.NEGATIVE_INFINITY })
    else if (before.adverts !== adverts) hearing.set(name, { adverts, heardMs: nowMs })
  }
  const instances = clusters.flatMap((cluster) => cluster.instances)
  return new Map(
    instances.map((instance) => [
      instance.name,
      dump
        .filter((runningInstance) => isOf(instance, runningInstance))
        .map((runningInstance) => ({
          name: runningInstance.name,
          state: runningInstance.state,
          masterPriority: runningInstance.masterPriority,
          hears: nowMs - (hearing.get(runningInstance.name)?.heardMs ?? 0) <= silenceMs,
        })),
    ]),
  )
}

/** Whether keepalived elects for this instance there, or for a part of its addresses. */
function isOf(
  { name, addresses }: Pick<InstanceConfig, 'name' | 'addresses'>,
  dumped: RunningInstance,
): boolean {
  const own = [...dumped.addresses, ...dumped.excluded]
  return dumped.name === name || own.some((address) => addresses.includes(address))
}

/** An instance as the daemon's status has it. */
interface InstanceHere extends Pick<InstanceConfig, 'name' | 'addresses'> {
  readonly holding: boolean
  /** Its order by rank, where that is known. */
  readonly servers?: readonly string[] | undefined
  /** What the daemon has published for this server. */
  readonly priority?: PublishedPriority | undefined
}

/** Who holds an instance elsewhere: the server's name, or null where its priority is that of no rank. */
export type Holders = ReadonlyMap<string, string | null>

/**
 * The holders of the instances that another server holds. keepalived tells what the master is worth,
 * and a rank has a priority of its own; one that keepalived here does not vie for is left out.
 * Where keepalived here has another priority than the daemon has published, it does not use those of
 * holdfast, as in shadow mode, and the master's says nothing about a rank.
 */
export function holdersIn(
  dump: readonly RunningInstance[],
  instances: readonly InstanceHere[],
): Holders {
  return new Map(
    instances.flatMap((instance): [string, string | null][] => {
      const routers = dump.filter((runningInstance) => isOf(instance, runningInstance))
      const isElsewhere = routers.every(
        (router) => router.state === 'backup' && router.masterPriority > 0,
      )
      if (instance.holding || routers.length === 0 || !isElsewhere) return []
      const { priority } = instance
      const isOurs = routers.every(
        (router) => priority === undefined || router.effectivePriority === priority,
      )
      const servers = isOurs ? (instance.servers ?? []) : []
      const names = new Set(
        routers.map((router) => serverOfPriority(router.masterPriority, servers)),
      )
      const [name = null] = names
      return [[instance.name, names.size === 1 ? name : null]]
    }),
  )
}

/** The server that a master's priority points to, for people: a rank has a priority of its own. */
export function serverOfPriority(priority: number, order: readonly string[]): string | null {
  const at = order.findIndex(
    (_, index) => effectivePriority('healthy', index + 1, order.length) === priority,
  )
  return order[at] ?? null
}

/** The skew of VRRPv2 is a second at most, whatever the interval (RFC 3768 section 6.1). */
const MAX_SKEW_V2_MS = 1000
/** keepalived reads the files, and a host may be busy. */
const SLACK_MS = 500

/**
 * The longest time from a priority's fall to the takeover by a backup that is worth more: three
 * intervals and the skew (RFC 9568 section 6.1).
 */
function takeoverMs({ vrrpVersion, advertIntervalMs }: ElectionConfig): number {
  const skewMs = vrrpVersion === 2 ? MAX_SKEW_V2_MS : advertIntervalMs
  return 3 * advertIntervalMs + skewMs + SLACK_MS
}

/** Whoever has said nothing for as long is not heard. */
export function silenceMs(election: ElectionConfig): number {
  return takeoverMs(election)
}

/** After this time without a change an election has settled, whichever servers took part. */
export function settleMs(election: ElectionConfig): number {
  return 2 * takeoverMs(election)
}
