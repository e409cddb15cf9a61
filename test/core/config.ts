// Configs for tests of the core: the defaults, and what a test chooses; no parser stands between.
import { addressesTable, flapTable, timingTable } from '../../src/config/checks-table.ts'
import type {
  Config,
  FlapConfig,
  TimingConfig,
  UpstreamGroupConfig,
} from '../../src/config/config.ts'
import type { Probe } from '../../src/dns/probe.ts'

function probe(name: string, type = 'A'): Probe {
  return {
    question: { name, type, class: 'IN' },
    expect: { rcode: 'NOERROR', flags: [], contains: [], minAnswers: 1 },
  }
}

export interface Choices {
  readonly timing?: Partial<TimingConfig>
  readonly flap?: Partial<FlapConfig>
  readonly upstream?: Partial<UpstreamGroupConfig>
  readonly newAddressGraceMs?: number
  readonly exclude?: readonly string[]
  readonly transports?: readonly ('udp' | 'tcp')[]
}

export function testConfig(choices: Choices = {}): Config {
  const upstream: UpstreamGroupConfig = {
    name: 'internet',
    kind: 'upstream',
    probes: [probe('www.example.com'), probe('www.example.net'), probe('www.example.org')],
    transports: ['udp'],
    timeoutMs: 2000,
    quorum: 2,
    intervalMs: 5000,
    fall: 3,
    rise: 2,
    ...choices.upstream,
  }
  return {
    server: { name: 's1' },
    clusters: [
      {
        name: 'recdns',
        orderFile: '/etc/holdfast/order/recdns',
        instances: [
          { name: 'recdns0', addresses: ['192.0.2.53'], reverseOrder: false },
          { name: 'recdns1', addresses: ['192.0.2.54'], reverseOrder: true },
        ],
      },
    ] as Config['clusters'],
    groups: [
      {
        name: 'local',
        kind: 'required',
        probes: [probe('127.in-addr.arpa', 'SOA')],
        transports: choices.transports ?? ['udp', 'tcp'],
        timeoutMs: 500,
      },
      ...(choices.upstream === undefined ? [] : [upstream]),
    ],
    addresses: {
      ...addressesTable.defaults,
      exclude: choices.exclude ?? addressesTable.defaults.exclude,
      newAddressGraceMs: choices.newAddressGraceMs ?? addressesTable.defaults.newAddressGraceMs,
    },
    timing: { ...timingTable.defaults, ...choices.timing },
    flap: { ...flapTable.defaults, ...choices.flap },
    metrics: { textfile: null, intervalMs: 15_000, listen: null },
    balancer: null,
    paths: { runDir: '/run/holdfast', stateDir: '/var/lib/holdfast' },
    daemon: { startCommand: [], logLevel: 'info' },
    notify: {
      groupWaitMs: 2000,
      groupIntervalMs: 60_000,
      maxPerHour: 20,
      backends: true,
      channels: [],
    },
    servers: [],
    election: { mode: 'track_file', vrrpVersion: 3, advertIntervalMs: 100 },
    cacheWarming: {
      namesFile: null,
      queriesPerSecond: 50,
      standbyQueriesPerSecond: 1,
      maxDelayMs: 60_000,
    },
  }
}
