// Configs for tests of the core, made by hand so that no parser stands between test and core.
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
      excludeInterfaces: [],
      exclude: choices.exclude ?? ['fe80::/10'],
      standing: false,
      graceMs: choices.graceMs ?? 1000,
      resyncMs: 10_000,
    },
    timing: {
      periodMs: 1000,
      lateMs: 50,
      confirm: 3,
      confirmSpreadMs: 100,
      maxInFlight: 256,
      ...choices.timing,
    },
    flap: {
      fall: 1,
      okAfter: 3,
      rise: 3,
      riseHolder: 1,
      backoffMinMs: 1000,
      backoffMaxMs: 8_000,
      holdDownMs: 10_000,
      probationMs: 60_000,
      probationMaxMs: 3_600_000,
      patienceMs: 5_000,
      patienceMaxMs: 20_000,
      ...choices.flap,
    },
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
