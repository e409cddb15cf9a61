// The words of keepalived.conf that work against holdfast, by the block they stand in, each with the reason.
import type { Statement } from './reader.ts'

/** Every keyword of keepalived 2.2.7 to 2.4.3 was judged; those that are not here do no harm. */
export type BlockKind =
  | 'file'
  | 'global_defs'
  | 'garp_group'
  | 'vrrp_script'
  | 'vrrp_sync_group'
  | 'vrrp_instance'

/**
 * `silence`: the service address does not answer. `away`: clients do not reach named there, or it them.
 * `election`: servers do not elect as holdfast means
 * them to. `rendered`: the line undoes what is rendered, and may be right in a file written by hand.
 */
export type Harm = 'silence' | 'away' | 'election' | 'rendered'

export interface Word {
  readonly harm: Harm
  /** What comes of it, or what to write instead. */
  readonly why: string
  /** Whether a line with the word is meant; all are where nothing is said. */
  readonly when?: (statement: Statement) => boolean
}

type Words = Readonly<Record<string, Word>>

/** The word that a statement is judged by, or null when it does no harm. */
export function judge(kind: BlockKind, statement: Statement): Word | null {
  const keyword = keywordOf(statement)
  const found = Object.hasOwn(WORDS[kind], keyword) ? WORDS[kind][keyword] : undefined
  if (found === undefined) return null
  return found.when === undefined || found.when(statement) ? found : null
}

/** A definition may stand for several words. */
export function keywordOf({ words }: Statement): string {
  return words[0]?.trim().split(/\s/, 1)[0] ?? ''
}

const RENDERED = 'it is rendered already'
const NEVER_FAILS_OVER =
  'not supported: a BACKUP with it ignores a failing MASTER. To delay failback, write failback_delay under [flap]'
const ROUTER_ALONE =
  'keepalived would drop every packet to the service address: it is meant for routers, which answer nobody'
const OTHER_GROUP =
  'servers receive each other in one group only, and holdfast listens to 224.0.0.18 and ff02::12: while the servers change over, several hold the address'
const OTHER_CHECKSUM =
  'a server that does not have it yet, or an older keepalived, discards these adverts and takes the address as well'
const OTHER_TIMER =
  'holdfast goes by a master that is given up after 3 adverts: write advert_interval = "…" under [keepalived]'
const NO_TRACKER =
  'what it tracks would have to stand above it, and the daemon alone decides about the priority'
const OWN_WEIGHT =
  'the daemon alone decides about the priority: track it without a weight, which means FAULT'
const LATE_START =
  'a server with it holds no address for so long after its start: when all start together, nobody answers'
const LATE_NEWS =
  'clients and switches learn so much later where the address has gone: write at most 0.1'
const NO_NEWS =
  'when two servers have held the address at once, clients go on sending to the one that gave way'
const DUMP = 'holdfast reads the state of keepalived from /tmp/keepalived.json in its first form'
const UNICAST = 'write peering = "unicast" under [keepalived], and all servers under [servers]'
const WEIGHTS = 'trackers belong to the group, and its members use them as one'
const UNROUTED =
  'what it turns away gets no answer from the service address: of the types of a route, unicast alone passes'
const ELSEWHERE = 'addresses would come to an interface that holdfast does not know of'

const GARPS: Words = {
  garp_interval: { harm: 'election', why: LATE_NEWS, when: isOver(0.1) },
  gna_interval: { harm: 'election', why: LATE_NEWS, when: isOver(0.1) },
}

const INCLUDES: Words = {
  ...each(['include', 'includer', 'includem', 'includew', 'includeb', 'includea'], {
    harm: 'rendered',
    why: 'holdfast cannot see what is in it: write its lines here',
  }),
}

const TRACKING: Words = {
  ...each(['track_file', 'track_script', 'notify'], { harm: 'rendered', why: RENDERED }),
  ...each(['track_interface', 'track_bfd'], { harm: 'rendered', why: OWN_WEIGHT, when: hasWeight }),
  track_process: { harm: 'rendered', why: NO_TRACKER },
}

const WORDS: Readonly<Record<BlockKind, Words>> = {
  // An include passes here: the doctor reads what it brings.
  file: {
    ...each(['net_namespace', 'net_namespace_ipvs'], {
      harm: 'silence',
      why: 'keepalived would bring addresses or IPVS to a namespace where named does not run, and its test says nothing',
    }),
    static_routes: { harm: 'away', why: UNROUTED, when: turnsAway },
    static_rules: { harm: 'away', why: UNROUTED, when: turnsAway },
    instance: {
      harm: 'rendered',
      why: 'keepalived takes no other name at a reload, and goes on with the file that it had',
    },
  },
  global_defs: {
    ...INCLUDES,
    vrrp_strict: {
      harm: 'silence',
      why: `${ROUTER_ALONE}; keepalived 2.2.7 takes "vrrp_strict off" for on`,
    },
    vrrp_version: { harm: 'rendered', why: 'write vrrp_version = 2 or 3 under [keepalived]' },
    enable_script_security: { harm: 'rendered', why: RENDERED },
    script_user: { harm: 'rendered', why: 'write script_user = "…" under [keepalived]' },
    ...each(['vrrp_mcast_group4', 'vrrp_mcast_group6'], { harm: 'rendered', why: OTHER_GROUP }),
    v3_checksum_as_v2: { harm: 'rendered', why: OTHER_CHECKSUM, when: isOn },
    vrrp_down_timer_adverts: { harm: 'election', why: OTHER_TIMER, when: isNot('3') },
    ...each(['vrrp_startup_delay', 'vrrp_delay_after_boot'], {
      harm: 'election',
      why: LATE_START,
      when: isOver(0),
    }),
    vrrp_min_garp: { harm: 'election', why: NO_NEWS, when: isOn },
    ...each(['vrrp_garp_master_refresh', 'vrrp_garp_lower_prio_repeat'], {
      harm: 'election',
      why: NO_NEWS,
      when: isZero,
    }),
    vrrp_garp_interval: { harm: 'election', why: LATE_NEWS, when: isOver(0.1) },
    vrrp_gna_interval: { harm: 'election', why: LATE_NEWS, when: isOver(0.1) },
    ...each(['json_version', 'json_dump_file', 'data_use_instance'], {
      harm: 'rendered',
      why: DUMP,
    }),
  },
  garp_group: GARPS,
  vrrp_script: {
    ...INCLUDES,
    script: { harm: 'rendered', why: 'write holdfast_path = "…" under [keepalived]' },
    interval: { harm: 'rendered', why: 'write script_interval = "…" under [keepalived]' },
    ...each(['timeout', 'weight', 'rise', 'fall', 'init_fail'], {
      harm: 'rendered',
      why: RENDERED,
    }),
    user: { harm: 'rendered', why: 'write script_user = "…" under [keepalived]' },
  },
  vrrp_sync_group: {
    ...INCLUDES,
    ...TRACKING,
    group: { harm: 'rendered', why: 'write ipv6 = "separate" in the instance' },
    ...each(['global_tracking', 'sync_group_tracking_weight'], { harm: 'rendered', why: WEIGHTS }),
  },
  vrrp_instance: {
    ...INCLUDES,
    ...TRACKING,
    strict_mode: { harm: 'silence', why: ROUTER_ALONE, when: isOn },
    no_accept: { harm: 'silence', why: ROUTER_ALONE },
    nopreempt: { harm: 'rendered', why: NEVER_FAILS_OVER },
    preempt_delay: { harm: 'rendered', why: NEVER_FAILS_OVER },
    dont_track_primary: {
      harm: 'election',
      why: 'a server whose link is down would go on as master, and holds the address with another one when the link is back',
    },
    down_timer_adverts: { harm: 'election', why: OTHER_TIMER, when: isNot('3') },
    ...each(['timer_expired_backup', 'thread_timer_expired'], {
      harm: 'rendered',
      why: 'keepalived wants nopreempt for it, with which a BACKUP ignores a failing MASTER',
    }),
    garp_master_refresh: { harm: 'election', why: NO_NEWS, when: isZero },
    garp_lower_prio_repeat: { harm: 'election', why: NO_NEWS, when: isZero },
    state: { harm: 'rendered', why: 'every server starts as BACKUP, and the order decides' },
    priority: { harm: 'rendered', why: 'the order decides: see the order file' },
    interface: { harm: 'rendered', why: 'write interface = "…" in the instance' },
    vrf: { harm: 'rendered', why: 'write interface = "…" in the instance' },
    virtual_router_id: { harm: 'rendered', why: 'write virtual_router_id = … in the instance' },
    version: { harm: 'rendered', why: 'write vrrp_version = 2 or 3 under [keepalived]' },
    advert_int: { harm: 'rendered', why: 'write advert_interval = "…" under [keepalived]' },
    use_vmac: { harm: 'rendered', why: 'write use_vmac = true in the instance' },
    ...each(['use_vmac_addr', 'use_ipvlan'], { harm: 'rendered', why: ELSEWHERE }),
    authentication: { harm: 'rendered', why: 'write auth_pass_file = "…" under [keepalived]' },
    auth_hmac: { harm: 'rendered', why: OTHER_CHECKSUM },
    v3_checksum_as_v2: { harm: 'rendered', why: OTHER_CHECKSUM, when: isOn },
    old_unicast_checksum: { harm: 'rendered', why: OTHER_CHECKSUM, when: isNot('never') },
    mcast_dst_ip: { harm: 'rendered', why: OTHER_GROUP },
    mcast_src_ip: {
      harm: 'rendered',
      why: 'the line is the same on every server, and servers know each other by this address',
    },
    ...each(['unicast_src_ip', 'unicast_peer'], { harm: 'rendered', why: UNICAST }),
    unicast_fault_no_peer: { harm: 'rendered', why: `multicast would be a FAULT: ${UNICAST}` },
    unicast_ttl: {
      harm: 'election',
      why: 'no advert would leave the host, and every server takes the address',
      when: isZero,
    },
    native_ipv6: {
      harm: 'rendered',
      why: 'keepalived ends itself over it where addresses are IPv4, and needs it nowhere',
    },
    ...each(['virtual_ipaddress', 'virtual_ipaddress_excluded'], {
      harm: 'rendered',
      why: 'list the address in addresses of the instance',
    }),
    virtual_routes: { harm: 'away', why: UNROUTED, when: turnsAway },
    virtual_rules: { harm: 'away', why: UNROUTED, when: turnsAway },
  },
}

function each(words: readonly string[], word: Word): Words {
  return Object.fromEntries(words.map((spelling) => [spelling, word]))
}

function operandOf({ words }: Statement): string | undefined {
  return words.join(' ').trim().split(/\s+/)[1]
}

/** As keepalived reads a switch: on where nothing follows. */
export function isOn(statement: Statement): boolean {
  return !/^(off|no|false)$/.test(operandOf(statement) ?? 'on')
}

function isZero(statement: Statement): boolean {
  const operand = operandOf(statement)
  return Number(operand) === 0 || isUnknown(operand)
}

/** Whether keepalived alone knows what a word stands for. */
function isUnknown(word = ''): boolean {
  return /[$~]/.test(word)
}

function isOver(limit: number): (statement: Statement) => boolean {
  return (statement) => !(Number(operandOf(statement)) <= limit)
}

function isNot(harmless: string): (statement: Statement) => boolean {
  return (statement) => operandOf(statement) !== harmless
}

/** Types of routes, and what rules do. */
const AWAY = ['blackhole', 'prohibit', 'unreachable', 'throw']

/** Whether a route or rule, a line of its block, gives no answer to whom it is about. */
export function isAway({ words }: Statement): boolean {
  return words.some((word) => AWAY.includes(word))
}

function turnsAway({ body }: Statement): boolean {
  return (body ?? []).some((statement) => isAway(statement) || statement.words.some(isUnknown))
}

/** A weight that is reversed is a FAULT while what it tracks is up, 0 included. */
function hasWeight({ body }: Statement): boolean {
  return (body ?? []).some(({ words }) => {
    const at = words.indexOf('weight')
    return (
      (at > 0 && Number(words[at + 1]) !== 0) ||
      words.some((word) => word === 'reverse' || isUnknown(word))
    )
  })
}
