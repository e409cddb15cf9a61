// Statuses for the tests of their view: one of a server that is well, one of a failed server, one of many addresses.

import type {
  BackendStatus,
  EndpointStatus,
  StatusDocument,
} from '../../../src/documents/status-document.ts'
import { NO_STRIPS, type Strips } from '../../../src/documents/tally-document.ts'
import { ASCII, BLOCKS, PIPED, type Signs } from '../../../src/view/screen.ts'
import { type StatusViewOptions, statusView } from '../../../src/view/status/status-view.ts'
import { COLOURED, PLAIN } from '../../../src/view/style.ts'

export const WELL: StatusDocument = {
  format: 1,
  version: '0.1.0',
  server: 'dns1',
  config_loaded_at: '2026-01-01T09:00:00.000Z',
  pid: 4711,
  boot_id: 'this',
  written_boot_ms: 1_000_000,
  valid_until_boot_ms: 1_003_000,
  written_at: '2026-01-01T12:00:00.000Z',
  health: 'healthy',
  health_since: '2026-01-01T11:48:00.000Z',
  state_since: '2026-01-01T11:48:00.000Z',
  may_serve: true,
  reasons: [],
  causes: [],
  override: null,
  flap: {
    cycle_mode: 'waiting',
    failures: 0,
    passes: 720,
    backoff_ms: 0,
    backoff_hold_ms: 0,
    next_cycle_ms: 900,
    cycles: 720,
    repeat_failures: 0,
    probation_ms: 0,
    spans: { period_ms: 1000, backoff_hold_ms: 10_000, probation_ms: 0 },
  },
  instances: [
    {
      name: 'recdns0',
      cluster: 'recdns',
      rank: 1,
      of: 3,
      state: 'healthy',
      priority: 250,
      holding: true,
      addresses: ['192.0.2.53', '2001:db8:0:1::53'],
    },
    {
      name: 'recdns1',
      cluster: 'recdns',
      rank: 3,
      of: 3,
      state: 'healthy',
      priority: 150,
      holding: false,
      addresses: ['192.0.2.54', '2001:db8:0:1::54', '2001:db8:ffff:ffff:ffff::54'],
    },
  ],
  upstreams: [{ name: 'internet', up: true, passed: 3, of: 3, quorum: 2 }],
  endpoints: [
    endpoint('udp/127.0.0.1', 'ok', 0.4213, 'lo'),
    endpoint('tcp/127.0.0.1', 'ok', 1.25, 'lo'),
    endpoint('udp/192.0.2.11', 'ok', 12.345),
    endpoint('tcp/192.0.2.11', 'ok', 1234),
    endpoint('udp/192.0.2.53', 'ok', 0.9),
    endpoint('tcp/192.0.2.53', 'ok', 1.1),
  ],
  addresses: [
    { address: '192.0.2.11', interface: 'eth0', state: 'ready', since: null, probed: true },
    { address: '2001:db8::9', interface: 'eth0', state: 'dadfailed', since: null, probed: false },
  ],
  complaints: [],
}

export const FAILED: StatusDocument = {
  ...WELL,
  health: 'failed',
  may_serve: false,
  reasons: [
    'tcp/192.0.2.11 127.in-addr.arpa SOA: conn-refused (no listener on this address and port)',
  ],
  override: {
    mode: 'isolated',
    by: 'root',
    reason: 'new switch in rack 7, für Grüße',
    sinceWallMs: 1_767_000_000_000,
    untilWallMs: null,
  },
  complaints: ['order of recdns: the order lists no server; the last good order stays active'],
  flap: {
    cycle_mode: 'waiting',
    failures: 2,
    passes: 0,
    backoff_ms: 4000,
    backoff_hold_ms: 9000,
    next_cycle_ms: 3500,
    cycles: 1,
    repeat_failures: 1,
    probation_ms: 48_000,
    spans: { period_ms: 1000, backoff_hold_ms: 10_000, probation_ms: 60_000 },
  },
  instances: [
    { ...instance(0), rank: null, state: 'failed', priority: 10 },
    { ...instance(1), state: 'isolated', priority: 'fault', addresses: [] },
  ],
  upstreams: [
    { name: 'internet', up: false, passed: 1, of: 3, quorum: 2 },
    { name: 'roots', up: null, passed: 0, of: 2, quorum: 1 },
  ],
  endpoints: [
    endpoint('udp/127.0.0.1', 'ok', 0.4213, 'lo'),
    { ...endpoint('tcp/127.0.0.1', null, null, 'lo'), at: null },
    endpoint('udp/192.0.2.11', 'ok', 12.345),
    endpoint('tcp/192.0.2.11', 'conn-refused', null),
    { ...endpoint('udp/192.0.2.53', 'timeout', null), ignored: true },
    endpoint('tcp/192.0.2.53', 'address-gone', null),
    endpoint('udp/2001:db8:0:1::53', 'ok', 2),
  ],
  addresses: [],
}

/** So many addresses on each of two interfaces, one of them in trouble. */
export function crowded(count: number): StatusDocument {
  const endpoints = ['eth1', 'eth2'].flatMap((name, half) =>
    Array.from({ length: count }, (_, index) => {
      const address = `2001:db8:${half + 1}::${(index + 1).toString(16)}`
      const isBad = half === 1 && index === 2
      return [
        endpoint(`udp/${address}`, 'ok', index / 10, name),
        endpoint(`tcp/${address}`, isBad ? 'timeout' : 'ok', isBad ? null : 0.5, name),
      ]
    }),
  )
  return { ...WELL, endpoints: [...WELL.endpoints, ...endpoints.flat()] }
}

/** Strips for all endpoints: the last minute was troubled where the endpoint is, and once long ago. */
export function stripsOf(document: StatusDocument): Strips {
  return new Map(
    document.endpoints.map(({ endpoint: name, outcome }) => [
      name,
      (outcome === 'ok' ? '~' : 'x').padStart(20, '.').padEnd(48, '.') +
        (outcome === 'ok' ? '.' : outcome === 'address-gone' ? 'v' : 'x').repeat(12),
    ]),
  )
}

export function endpoint(
  name: string,
  outcome: EndpointStatus['outcome'],
  latencyMs: number | null,
  on = 'eth0',
): EndpointStatus {
  return {
    endpoint: name,
    interface: on,
    outcome,
    latency_ms: latencyMs,
    late_ms: 50,
    at: '2026-01-01T11:59:59.000Z',
    ignored: false,
  }
}

export function instance(at: number) {
  const found = WELL.instances[at]
  if (found === undefined) throw new Error(`there is no instance ${at}`)
  return found
}

const OPTIONS: StatusViewOptions = {
  style: PLAIN,
  signs: ASCII,
  sinceWrittenMs: 400,
  stale: null,
  strips: NO_STRIPS,
  holders: new Map(),
  vrrp: [],
  isWatched: false,
  columns: 80,
  rows: null,
  all: false,
}

export function view(document: StatusDocument, options: Partial<StatusViewOptions> = {}): string[] {
  return statusView(document, { ...OPTIONS, ...options }).split('\n')
}

export const LOOKS: readonly {
  readonly name: string
  readonly options: Partial<StatusViewOptions>
}[] = [
  { name: 'piped', options: { signs: PIPED } },
  { name: 'ascii', options: { signs: ASCII, columns: 80 } },
  { name: 'blocks', options: { signs: BLOCKS } },
  { name: 'coloured', options: { signs: BLOCKS, style: COLOURED } },
  { name: 'narrow', options: { signs: ASCII, columns: 40 } },
  { name: 'wide', options: { signs: BLOCKS, columns: 160 } },
  { name: 'short', options: { signs: BLOCKS, rows: 23 } },
]

export const ALL_SIGNS: readonly Signs[] = [ASCII, PIPED, BLOCKS]

/** A load balancer of which two real servers are out, and one has just come back. */
export const BALANCER: StatusDocument = {
  ...WELL,
  server: 'lb1',
  upstreams: [],
  endpoints: [
    endpoint('udp/192.0.2.53', 'ok', 0, 'ipvs'),
    endpoint('udp/2001:db8:0:1::53', 'ok', 0, 'ipvs'),
  ],
  backends: [
    backend('ns1', { weight: 25 }),
    backend('ns2', {
      health: 'failed',
      state: 'failed',
      weight: 0,
      reasons: ['udp/192.0.2.12 127.in-addr.arpa SOA: timeout (no response in time)'],
      causes: [],
      endpoints_ok: 1,
    }),
    backend('ns3', {
      state: 'drained',
      weight: 0,
      override: {
        mode: 'drained',
        by: 'root',
        reason: 'kernel update',
        sinceWallMs: Date.UTC(2026, 0, 1, 11, 59),
        untilWallMs: null,
      },
    }),
    backend('ns4', { health: 'failed', state: 'failed', weight: null, endpoints_ok: 0 }),
  ],
}

function backend(server: string, differences: Partial<BackendStatus>): BackendStatus {
  const address = `192.0.2.1${server.slice(-1)}`
  return {
    backend: `recdns.${server}`,
    service: 'recdns',
    server,
    health: 'healthy',
    state: 'healthy',
    weight: 100,
    configured_weight: 100,
    since: '2026-01-01T11:48:00.000Z',
    reasons: [],
    causes: [],
    override: null,
    endpoints_ok: 2,
    endpoints: [
      endpoint(`udp/${address}`, 'ok', 1, 'remote'),
      endpoint(`tcp/${address}`, 'ok', 2, 'remote'),
    ],
    came: 0,
    went: 0,
    ...differences,
  }
}
