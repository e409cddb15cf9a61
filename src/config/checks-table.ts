// What is asked, when, and how much a failure counts: [checks], [addresses], [timing] and [flap].
import type { Transport } from '../dns/probe.ts'
import { inToml, key, type Output, optional } from './key.ts'
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
    period: '5s',
    // Fifteen seconds without the internet are an outage rather than a lost packet.
    fall: 3,
    rise: 2,
  },
} as const

function byKind(name: 'transports' | 'timeout'): string {
  const { required, upstream } = GROUP_DEFAULTS
  return `required: ${inToml(required[name])}, upstream: ${inToml(upstream[name])}`
}

/** A number of sweeps, rounds or passes. */
const count = integer(1, 100)

export const groupTable = table({
  // A group without further words is one that the server must pass.
  kind: key(choice('required', 'upstream'), 'required', '`"required"` or `"upstream"`.'),
  transports: optional(
    listOfDifferent(choice(...TRANSPORTS)),
    'What the questions travel over. Clients use both, and a lost TCP socket shows over TCP only.',
    byKind('transports'),
  ),
  timeout: optional(
    duration('10ms', '30s'),
    'How long one query may take, from 10 ms to 30 s. Local data needs a millisecond; a cold cache may have to walk down from the root.',
    byKind('timeout'),
  ),
  probes: key(list(probe), [], 'What is asked; see below. At least one.', '–'),
  quorum: optional(
    integer(1, 1000),
    'Upstream groups only: how many probes must succeed.',
    'a majority of the probes',
  ),
  period: optional(
    duration('100ms', '1h'),
    "Upstream groups only: from one round to the next, from 100 ms to 1 h. It costs other people's servers, and only ever degrades.",
    inToml(GROUP_DEFAULTS.upstream.period),
  ),
  fall: optional(
    count,
    'Upstream groups only: rounds below the quorum before the group is down.',
    inToml(GROUP_DEFAULTS.upstream.fall),
  ),
  rise: optional(
    count,
    'Upstream groups only: rounds at the quorum before it is up again.',
    inToml(GROUP_DEFAULTS.upstream.rise),
  ),
})

export const addressesTable = table({
  exclude_interfaces: key(
    list(leaf(readInterfacePattern)),
    [],
    'Interfaces to leave out; `*` stands for any run of characters, as in `"docker*"`.',
  ),
  exclude: key(
    list(leaf(readNetwork)),
    ['fe80::/10'],
    'Networks to leave out. Clients never use link-local addresses, and many servers do not listen on them.',
  ),
  standing: key(
    boolean,
    false,
    'Whether the service addresses also live on the loopback interface of every server. It needs sysctls and addresses that the host must be given first.',
  ),
  grace: key(
    duration('0s', '10m'),
    '1s',
    'How young an address must be for its failures to be ignored, up to 10 min. named opens its sockets a moment after an address has come.',
  ),
  resync: key(
    duration('1s', '1h'),
    '10s',
    'How often the address table is read whole, from 1 s to 1 h. Kernel events carry the load; this mends what they might miss.',
  ),
})

export const timingTable = table({
  // Spread over the period, queries find a dead server within one gap; more often costs CPU.
  period: key(
    duration('10ms', '10m'),
    '1s',
    'From one sweep of a healthy server to the next, from 10 ms to 10 min. Queries are spread over it.',
  ),
  // Local answers take well under a millisecond: 50 ms is out of the ordinary, and soon noticed.
  late: key(
    duration('1ms', '30s'),
    '50ms',
    'A query is never late before this age, from 1 ms to 30 s. Local answers take well under a millisecond.',
  ),
  confirm: key(
    integer(0, 10),
    3,
    'How many more times a target that errs or is late is asked, from 0 to 10. Random loss of one query in ten then counts as one in ten thousand.',
  ),
  confirm_spread: key(
    duration('0s', '10s'),
    '100ms',
    'Over which time those queries are sent, up to 10 s.',
  ),
  // A burst over 64 addresses and both transports, twice over; far below any limit of sockets.
  max_in_flight: key(
    integer(1, 4096),
    256,
    'How many queries of upstream groups may be under way at once, from 1 to 4096. Required probes wait for nobody.',
  ),
})

export const flapTable = table(
  {
    fall: key(
      count,
      1,
      'Failing sweeps before a healthy server has failed. Confirmation has sorted out chance already.',
    ),
    ok_after: key(count, 3, 'Consecutive passes that clear failures counted below `fall`.'),
    // Three good sweeps before clients are sent here again; one suffices for a server that has them.
    rise: key(count, 3, 'Consecutive passes before a failed server is healthy.'),
    rise_holder: key(
      count,
      1,
      'The same for a server that holds a service address; at most `rise`.',
    ),
    // A dead server is not asked often, but its return is seen within seconds: others may need it.
    backoff_min: key(
      duration('10ms', '1h'),
      '1s',
      'The wait after a first failing sweep, from 10 ms to 1 h. It doubles with every further one.',
    ),
    backoff_max: key(
      duration('10ms', '1h'),
      '8s',
      'The longest wait, from 10 ms to 1 h and at least `backoff_min`. A server that still holds an address waits no longer than `backoff_min`.',
    ),
    hold_down: key(
      duration('0s', '1h'),
      '10s',
      'For how long after an address has gone the wait does not shrink, up to 1 h. The address may come back.',
    ),
    // A server that answers again may be needed at once, but its rank can wait until it has proved
    // itself: a minute after the first relapse, ten times as long after each further one.
    probation: key(
      duration('0s', '24h'),
      '1m',
      'How long a server that failed must stay clean before it has its rank back, up to 24 h. Until then it takes an address only from a server that is worse. Each relapse makes it ten times as long. `"0s"` gives the rank back at once.',
    ),
    probation_max: key(
      duration('0s', '24h'),
      '1h',
      'The longest probation, up to 24 h and at least `probation`. After as long without a relapse, one is forgotten.',
    ),
    // One that is known to be flaky is not left for every short failure: moving costs more.
    patience: key(
      duration('0s', '5m'),
      '5s',
      'How long a server on probation may lose queries in one piece before it gives an address up, up to 5 min. Each further relapse doubles it. There is none with a server where nothing listens any more.',
    ),
    patience_max: key(
      duration('0s', '5m'),
      '20s',
      'The longest patience, up to 5 min and at least `patience`.',
    ),
  },
  [
    ['backoff_min', 'backoff_max', 'E_BACKOFF'],
    ['probation', 'probation_max', 'E_PROBATION'],
    ['patience', 'patience_max', 'E_PATIENCE'],
  ],
)

export type GroupTable = Output<typeof groupTable>
