// From a document that has passed all checks to the config, defaults of kinds filled in.
import { buildBalancer } from './balancer-table.ts'
import { GROUP_DEFAULTS, type GroupTable } from './checks-table.ts'
import type {
  ClusterConfig,
  Config,
  ProbeGroupConfig,
  RequiredGroupConfig,
  UpstreamGroupConfig,
} from './config.ts'
import { buildElection, buildServers } from './keepalived-table.ts'
import { buildMetrics } from './metrics-table.ts'
import { buildNotify } from './notify-channels.ts'
import { probeFor } from './probe-table.ts'
import { type ConfigDocument, ORDER_DIR } from './schema.ts'
import { durationMs } from './values/duration.ts'

/** The config that a valid document stands for. */
export function buildConfig(document: ConfigDocument, serverName: string): Config {
  const { addresses, timing, flap, paths, daemon, cacheWarming } = document
  const servers = buildServers(document.servers)
  const own = servers.find(({ name }) => name === serverName)?.addresses ?? []
  return {
    server: { name: serverName, ...(document.server.shadow ? { shadow: true } : {}) },
    clusters: Object.entries(document.clusters).map(buildCluster),
    groups: buildGroups(document.checks),
    addresses,
    timing,
    flap,
    paths,
    daemon,
    notify: buildNotify(document.notify),
    servers,
    election: buildElection(document.keepalived),
    cacheWarming,
    metrics: buildMetrics(document.metrics, paths.runDir),
    balancer: buildBalancer(document.balancer, own),
  }
}

function buildCluster([name, cluster]: [
  string,
  ConfigDocument['clusters'][string],
]): ClusterConfig {
  return {
    name,
    orderFile: cluster.orderFile ?? `${ORDER_DIR}/${name}`,
    instances: Object.entries(cluster.instances).map(([instanceName, instance]) => ({
      name: instanceName,
      addresses: instance.addresses.map(({ address }) => address),
      reverseOrder: instance.reverseOrder,
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
  const defaults = GROUP_DEFAULTS[group.kind]
  const base = {
    name,
    probes: group.probes,
    transports: group.transports ?? defaults.transports,
    timeoutMs: group.timeoutMs ?? durationMs(defaults.timeout),
  }
  if (group.kind === 'required') {
    return { ...base, kind: 'required' } satisfies RequiredGroupConfig
  }
  return {
    ...base,
    kind: 'upstream',
    // A majority: one dead zone elsewhere says nothing about this server.
    quorum: group.quorum ?? Math.floor(group.probes.length / 2) + 1,
    intervalMs: group.intervalMs ?? durationMs(GROUP_DEFAULTS.upstream.interval),
    fall: group.fall ?? GROUP_DEFAULTS.upstream.fall,
    rise: group.rise ?? GROUP_DEFAULTS.upstream.rise,
  } satisfies UpstreamGroupConfig
}

/**
 * The group that stands in when none is required. RFC 6303 section 4.2: every recursive server answers
 * for this zone from local data, so the question tests this server and nothing beyond it.
 */
export const LOCAL_GROUP = { name: 'local', question: '127.in-addr.arpa SOA' }

function localGroup(taken: ReadonlySet<string>): RequiredGroupConfig {
  let name = LOCAL_GROUP.name
  while (taken.has(name)) name = `${name}-data`
  return {
    name,
    kind: 'required',
    probes: [probeFor(LOCAL_GROUP.question)],
    transports: GROUP_DEFAULTS.required.transports,
    timeoutMs: durationMs(GROUP_DEFAULTS.required.timeout),
  }
}
