// keepalived's JSON dump, typed: every instance that runs, and what it has counted. Pure.
/** The counters of an instance, by the names that keepalived gives them. */
const COUNTERS = [
  'advert_rcvd',
  'advert_sent',
  'become_master',
  'release_master',
  'packet_len_err',
  'advert_interval_err',
  'ip_ttl_err',
  'invalid_type_rcvd',
  'addr_list_err',
  'invalid_authtype',
  'authtype_mismatch',
  'auth_failure',
  'pri_zero_rcvd',
  'pri_zero_sent',
] as const
export type Counter = (typeof COUNTERS)[number]

const STATES = ['init', 'backup', 'master', 'fault'] as const
type VrrpState = (typeof STATES)[number]

/** One vrrp_instance that runs. */
export interface RunningInstance {
  readonly name: string
  readonly state: VrrpState
  readonly routerId: number
  /** As keepalived numbers the protocol: 2 or 3. */
  readonly version: number
  /** The interface it speaks on, a virtual one if it has one; null while that is not there. */
  readonly interface: string | null
  /** Empty when it has none of its own. */
  readonly vmacInterface: string
  readonly basePriority: number
  readonly effectivePriority: number
  /** Of the last advert that counted; 0 before the first one and on the master. */
  readonly masterPriority: number
  readonly advertMs: number
  readonly masterAdvertMs: number
  readonly nopreempt: boolean
  /** Milliseconds since 1970; 0 when there was none. */
  readonly lastTransitionMs: number
  /** 0 none, 1 PASS, 2 AH. The secret itself is not taken over. */
  readonly authType: number
  /** Service addresses that stand in adverts, without prefix lengths. */
  readonly addresses: readonly string[]
  /** Service addresses that only move along. */
  readonly excluded: readonly string[]
  /** Commands of the scripts that it tracks, as keepalived quotes them. */
  readonly scripts: readonly string[]
  readonly trackedInterfaces: readonly string[]
  /** Since keepalived was started; one that this build of keepalived does not have is 0. */
  readonly counters: Readonly<Record<Counter, number>>
}

/**
 * The instances of a dump, or null for a text that is not one, such as one still being written. With
 * `json_version 2` the list stands in an object.
 */
export function parseDump(text: string): readonly RunningInstance[] | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const list = Array.isArray(value) ? value : (value as { vrrp?: unknown } | null)?.vrrp
  if (!Array.isArray(list)) return null
  const instances = list.map(readInstance)
  return instances.includes(null) ? null : (instances as RunningInstance[])
}

type Fields = Readonly<Record<string, unknown>>

function readInstance(value: unknown): RunningInstance | null {
  const { data, stats } = (value ?? {}) as { data?: Fields; stats?: Fields }
  if (!isFields(data) || !isFields(stats)) return null
  const state = STATES[number(data.state)]
  if (typeof data.iname !== 'string' || state === undefined) return null
  return {
    name: data.iname,
    state,
    routerId: number(data.vrid),
    version: number(data.version),
    interface: typeof data.ifp_ifname === 'string' ? data.ifp_ifname : null,
    vmacInterface: typeof data.vmac_ifname === 'string' ? data.vmac_ifname : '',
    basePriority: number(data.base_priority),
    effectivePriority: number(data.effective_priority),
    masterPriority: number(data.master_priority),
    advertMs: milliseconds(data.adver_int),
    masterAdvertMs: milliseconds(data.master_adver_int),
    nopreempt: data.nopreempt === true,
    lastTransitionMs: milliseconds(data.last_transition),
    authType: number(data.auth_type),
    addresses: addressesIn(data.vips),
    excluded: addressesIn(data.evips),
    scripts: texts(data.track_script),
    trackedInterfaces: texts(data.track_ifp),
    counters: countersIn(stats),
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}

/** keepalived writes seconds, with fractions. */
function milliseconds(value: unknown): number {
  return Math.round(number(value) * 1000)
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** "192.0.2.53/24 dev eth0 scope global" begins with the address. */
function addressesIn(value: unknown): string[] {
  return texts(value).map((text) => text.split(/[/ ]/, 1)[0] ?? '')
}

function countersIn(stats: Fields): Record<Counter, number> {
  const entries = COUNTERS.map((name) => [name, number(stats[name])] as const)
  return Object.fromEntries(entries) as Record<Counter, number>
}
