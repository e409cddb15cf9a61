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
  readonly graceMs?: number
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
    periodMs: 5000,
    fall: 3,
    rise: 2,
    ...choices.upstream,
  }
  return {
    server: { name: 's1' },
    pools: [
      {
        name: 'recdns',
        orderFile: '/etc/holdfast/order/recdns',
        instances: [
          { name: 'recdns0', addresses: ['192.0.2.53'], direction: 'forward' },
          { name: 'recdns1', addresses: ['192.0.2.54'], direction: 'reverse' },
        ],
      },
    ] as Config['pools'],
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
      graceMs: choices.graceMs ?? addressesTable.defaults.graceMs,
    },
    timing: { ...timingTable.defaults, ...choices.timing },
    flap: { ...flapTable.defaults, ...choices.flap },
    metrics: { textfile: null, everyMs: 15_000, listen: null },
    balancer: null,
    paths: { runDir: '/run/holdfast', stateDir: '/var/lib/holdfast' },
    daemon: { startCommand: [], logLevel: 'info' },
    notify: { settleMs: 2000, windowMs: 60_000, perHour: 20, backends: true, channels: [] },
    servers: [],
    election: { mode: 'track_file', version: 3, advertMs: 100 },
    warm: { namesFile: null, ratePerS: 50, standbyRatePerS: 1, limitMs: 60_000 },
  }
}
