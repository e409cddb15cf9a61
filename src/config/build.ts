// From a document that has passed all checks to the config, defaults of kinds filled in.
import { buildBalancer } from './balancer/balancer-schema.ts'
import type {
  Config,
  PoolConfig,
  ProbeGroupConfig,
  RequiredGroupConfig,
  UpstreamGroupConfig,
} from './config.ts'
import { DEFAULTS } from './defaults.ts'
import { buildMetrics } from './metrics-schema.ts'
import { buildNotify } from './notify/notify-build.ts'
import { probeFor } from './probe-schema.ts'
import type { ConfigDocument, GroupTable } from './schema.ts'
import { parseDuration } from './values/duration.ts'
import { buildElection, buildServers } from './vrrp/vrrp-build.ts'

/** The config that a valid document stands for. */
export function buildConfig(document: ConfigDocument, serverName: string): Config {
  const { addresses, timing, flap, paths, daemon, warm } = document
  const servers = buildServers(document.servers)
  const own = servers.find(({ name }) => name === serverName)?.addresses ?? []
  return {
    server: { name: serverName },
    pools: Object.entries(document.pools).map(buildPool),
    groups: buildGroups(document.checks),
    addresses: {
      excludeInterfaces: addresses.exclude_interfaces,
      exclude: addresses.exclude,
      standing: addresses.standing,
      graceMs: addresses.grace,
      resyncMs: addresses.resync,
    },
    timing: {
      periodMs: timing.period,
      lateMs: timing.late,
      confirm: timing.confirm,
      confirmSpreadMs: timing.confirm_spread,
      maxInFlight: timing.max_in_flight,
    },
    flap: {
      fall: flap.fall,
      okAfter: flap.ok_after,
      rise: flap.rise,
      riseHolder: flap.rise_holder,
      backoffMinMs: flap.backoff_min,
      backoffMaxMs: flap.backoff_max,
      holdDownMs: flap.hold_down,
      probationMs: flap.probation,
      probationMaxMs: flap.probation_max,
      patienceMs: flap.patience,
      patienceMaxMs: flap.patience_max,
    },
    paths: { runDir: paths.run_dir, stateDir: paths.state_dir },
    daemon: { startCommand: daemon.start_command, logLevel: daemon.log_level },
    notify: buildNotify(document.notify),
    servers,
    election: buildElection(document.keepalived),
    warm: {
      namesFile: warm.names ?? null,
      ratePerS: warm.rate,
      standbyRatePerS: warm.standby_rate,
      limitMs: warm.limit,
    },
    metrics: buildMetrics(document.metrics, paths.run_dir),
    balancer: buildBalancer(document.balancer, own),
  }
}

function buildPool([name, pool]: [string, ConfigDocument['pools'][string]]): PoolConfig {
  return {
    name,
    orderFile: pool.order_file ?? `${DEFAULTS.paths.orderDir}/${name}`,
    instances: Object.entries(pool.instances).map(([instanceName, instance]) => ({
      name: instanceName,
      addresses: instance.addresses.map(({ address }) => address),
      direction: instance.direction,
    })),
  }
}

/** The groups of the file; one for local data is added when none of them is required. */
export function buildGroups(tables: ConfigDocument['checks']): readonly ProbeGroupConfig[] {
  const groups = Object.entries(tables).map(([name, group]) => buildGroup(name, group))
  if (groups.some((group) => group.kind === 'required')) return groups
  return [localGroup(new Set(groups.map((group) => group.name))), ...groups]
}

function buildGroup(name: string, group: GroupTable): ProbeGroupConfig {
  const defaults = DEFAULTS[group.kind]
  const base = {
    name,
    probes: group.probes,
    transports: group.transports ?? [...defaults.transports],
    timeoutMs: group.timeout ?? defaultMs(defaults.timeout),
  }
  if (group.kind === 'required') {
    return { ...base, kind: 'required' } satisfies RequiredGroupConfig
  }
  return {
    ...base,
    kind: 'upstream',
    // A majority: one dead zone elsewhere says nothing about this server.
    quorum: group.quorum ?? Math.floor(group.probes.length / 2) + 1,
    periodMs: group.period ?? defaultMs(DEFAULTS.upstream.period),
    fall: group.fall ?? DEFAULTS.upstream.fall,
    rise: group.rise ?? DEFAULTS.upstream.rise,
  } satisfies UpstreamGroupConfig
}

function localGroup(taken: ReadonlySet<string>): RequiredGroupConfig {
  let name: string = DEFAULTS.localGroup.name
  while (taken.has(name)) name = `${name}-data`
  return {
    name,
    kind: 'required',
    probes: [probeFor(DEFAULTS.localGroup.question)],
    transports: [...DEFAULTS.required.transports],
    timeoutMs: defaultMs(DEFAULTS.required.timeout),
  }
}

function defaultMs(text: string): number {
  const durationMs = parseDuration(text)
  if (durationMs === null) throw new Error(`a default is no duration: ${text}`)
  return durationMs
}
