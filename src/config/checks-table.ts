// What is asked, when, and how much a failure counts: [checks], [addresses], [timing] and [flap].
import type { Transport } from '../dns/probe.ts'
import { inToml, key, type Output, optional, tuning } from './key.ts'
import { probe } from './probe-table.ts'
import { readInterfacePattern, readNetwork } from './readers.ts'
import {
  boolean,
  choice,
  duration,
  integer,
  leaf,
  list,
  listOfDifferent,
  table,
} from './schema-parts.ts'

const TRANSPORTS: readonly Transport[] = ['udp', 'tcp']

/** What the kind of a group decides. */
export const GROUP_DEFAULTS = {
  required: {
    // Clients use both, and a lost TCP socket shows over TCP only.
    transports: ['udp', 'tcp'],
    // Local data needs a millisecond; half a second is a server that clients have given up on.
    timeout: '500ms',
  },
  upstream: {
    // It asks about the world beyond, not about sockets.
    transports: ['udp'],
    // A cold cache may have to walk down from the root.
    timeout: '2s',
    // It costs other people's servers, and only ever degrades: seldom is soon enough.
    interval: '5s',
    // Fifteen seconds without the internet are an outage rather than a lost packet.
    fall: 3,
    rise: 2,
  },
} as const

function byKind(name: 'transports' | 'timeout'): string {
  const { required, upstream } = GROUP_DEFAULTS
  return `required: ${inToml(required[name])}, upstream: ${inToml(upstream[name])}`
}

/** A number of check cycles or passes. */
const count = integer(1, 100)

export const groupTable = table({
  // A group without further words is one that the server must pass.
  kind: key(choice('required', 'upstream'), 'required', '`"required"` or `"upstream"`.'),
  transports: optional(
    listOfDifferent(choice(...TRANSPORTS)),
    'The transports of the queries. Clients use both, and a lost TCP socket shows over TCP only.',
    byKind('transports'),
  ),
  timeout: optional(
    duration('10ms', '30s'),
    'How long one query may take, from 10 ms to 30 s. Local data needs a millisecond; a cold cache may have to walk down from the root.',
    byKind('timeout'),
  ),
  probes: key(list(probe), [], 'The probes; see below. At least one.', '–'),
  quorum: optional(
    integer(1, 1000),
    'Upstream groups only: how many probes must succeed.',
    'a majority of the probes',
  ),
  interval: optional(
    duration('100ms', '1h'),
    "Upstream groups only: from one check to the next, from 100 ms to 1 h. The queries reach other people's servers, and a failure only ever degrades this server.",
    inToml(GROUP_DEFAULTS.upstream.interval),
  ),
  fall: optional(
    count,
    'Upstream groups only: checks below the quorum before the group is down.',
    inToml(GROUP_DEFAULTS.upstream.fall),
  ),
  rise: optional(
    count,
    'Upstream groups only: checks at the quorum before the group is up again.',
    inToml(GROUP_DEFAULTS.upstream.rise),
  ),
})

export const addressesTable = table({
  exclude_interfaces: key(
    list(leaf(readInterfacePattern)),
    [],
    'Interfaces whose addresses are not probed, such as those of containers, a VPN or management; `*` stands for any run of characters, as in `"docker*"`.',
  ),
  exclude: key(
    list(leaf(readNetwork)),
    ['fe80::/10'],
    'Networks that are not probed. Every other address of the host is, so name here what `listen-on` of named leaves out. Your list replaces the default and does not extend it: keep `"fe80::/10"`, since many servers do not listen on link-local addresses.',
  ),
  service_addresses_on_loopback: key(
    boolean,
    false,
    'Whether every server has the service addresses on its loopback interface, too. A planned move then loses no query. The host needs sysctls and the addresses first: `render-config sysctl` and `render-config loopback` write both.',
  ),
  new_address_grace: tuning(
    key(
      duration('0s', '10m'),
      '1s',
      'How long failures at a new address are ignored, up to 10 min. named opens its sockets a moment after an address was added.',
    ),
  ),
  rescan_interval: tuning(
    key(
      duration('1s', '1h'),
      '10s',
      'How often the whole address table is read, from 1 s to 1 h, in case an event of the kernel was missed.',
    ),
  ),
})

export const timingTable = table({
  // Spread over the period, queries find a dead server within one gap; more often costs CPU.
  check_interval: key(
    duration('10ms', '10m'),
    '1s',
    'From one check cycle of a healthy server to the next, from 10 ms to 10 min. Queries are spread over it.',
  ),
  // Local answers take well under a millisecond: 50 ms is out of the ordinary, and soon noticed.
  slow_threshold_min: tuning(
    key(
      duration('1ms', '30s'),
      '50ms',
      'Responses faster than this are never considered slow, from 1 ms to 30 s. Local responses take well under a millisecond.',
    ),
  ),
  retries: key(
    integer(0, 10),
    3,
    'How often a query that failed or is slow is sent again, from 0 to 10. With 3, random loss of one query in ten fails one check in ten thousand.',
  ),
  retry_window: tuning(
    key(duration('0s', '10s'), '100ms', 'The time over which the retries are spread, up to 10 s.'),
  ),
  // A burst over 64 addresses and both transports, twice over; far below any limit of sockets.
  max_concurrent_queries: tuning(
    key(
      integer(1, 4096),
      256,
      'How many queries of upstream groups may be under way at once, from 1 to 4096. Required probes never wait.',
    ),
  ),
})

export const flapTable = table(
  {
    fall: key(
      count,
      1,
      'Failed check cycles before a healthy server has failed. Retries have ruled out chance already.',
    ),
    fall_reset: tuning(
      key(
        count,
        3,
        'Consecutive passed check cycles that reset the failures counted below `fall`.',
      ),
    ),
    // Three good check cycles before clients are sent here again; one suffices for a server that has them.
    rise: key(count, 3, 'Consecutive passed check cycles before a failed server is healthy.'),
    rise_holder: tuning(
      key(count, 1, 'The same for a server that holds a service address; at most `rise`.'),
    ),
    // A dead server is not asked often, but its return is seen within seconds: others may need it.
    backoff_min: tuning(
      key(
        duration('10ms', '1h'),
        '1s',
        'The wait after a first failed check cycle, from 10 ms to 1 h. It doubles with every further one.',
      ),
    ),
    backoff_max: tuning(
      key(
        duration('10ms', '1h'),
        '8s',
        'The longest wait, from 10 ms to 1 h and at least `backoff_min`. A server that still holds an address waits no longer than `backoff_min`.',
      ),
    ),
    backoff_hold: tuning(
      key(
        duration('0s', '1h'),
        '10s',
        'How long the wait does not shrink after an address has left, up to 1 h. It does not delay failback: see `failback_delay`.',
      ),
    ),
    // A server that answers again may be needed at once, but its rank can wait until it has proved
    // itself: a minute after the first repeat failure, ten times as long after each further one.
    failback_delay: key(
      duration('0s', '24h'),
      '1m',
      'How long a server that failed must pass its checks before it takes its addresses back, up to 24 h. Until then it takes an address only from a server that is worse. Each repeat failure makes it ten times as long: 1 min, 10 min, 1 h. `"0s"` fails back at once. This is what `preempt_delay` is in keepalived.',
    ),
    failback_delay_max: key(
      duration('0s', '24h'),
      '1h',
      'The longest failback delay, up to 24 h and at least `failback_delay`. After as long without a repeat failure, one is forgotten.',
    ),
    // One that is known to be flaky is not left for every short failure: moving costs more.
    holder_tolerance: tuning(
      key(
        duration('0s', '5m'),
        '5s',
        'How long the holder may fail continuously, while on probation, before it releases its addresses, up to 5 min. Each further repeat failure doubles it. A server where nothing listens any more is not tolerated.',
      ),
    ),
    holder_tolerance_max: tuning(
      key(
        duration('0s', '5m'),
        '20s',
        'The longest holder tolerance, up to 5 min and at least `holder_tolerance`.',
      ),
    ),
  },
  [
    ['backoff_min', 'backoff_max', 'E_BACKOFF'],
    ['failback_delay', 'failback_delay_max', 'E_FAILBACK_DELAY'],
    ['holder_tolerance', 'holder_tolerance_max', 'E_HOLDER_TOLERANCE'],
  ],
)

export type GroupTable = Output<typeof groupTable>
