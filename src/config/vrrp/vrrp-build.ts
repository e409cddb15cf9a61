// From a document that has what render-config needs to the VRRP config, defaults filled in.
import { buildBalancer } from '../balancer/balancer-schema.ts'
import type { ElectionConfig } from '../config.ts'
import { DEFAULTS } from '../defaults.ts'
import type { ConfigDocument } from '../schema.ts'
import { parseDuration } from '../values/duration.ts'
import type { ServerAddresses, VrrpConfig, VrrpInstance } from './vrrp-config.ts'
import { familyOf } from './vrrp-schema.ts'

/** The VRRP config that a valid document stands for. */
export function buildVrrp(document: ConfigDocument): VrrpConfig {
  const { keepalived } = document
  return {
    ...buildElection(keepalived),
    transport: keepalived.transport,
    scriptUser: keepalived.script_user,
    program: keepalived.program,
    checkIntervalMs: checkInterval(keepalived),
    notify: keepalived.notify,
    secretFile: keepalived.secret_file ?? null,
    extra: keepalived.extra,
    instances: Object.values(document.pools).flatMap((pool) =>
      Object.entries(pool.instances).map((entry) => buildInstance(entry, keepalived.interface)),
    ),
    servers: buildServers(document.servers),
    // What is rendered is the same on all of them, so none's own addresses can be in it.
    balancer: buildBalancer(document.balancer, []),
  }
}

function checkInterval({ mode, check_interval }: ConfigDocument['keepalived']): number {
  return check_interval ?? parseDuration(DEFAULTS.keepalived.check_interval[mode]) ?? never()
}

/** How servers elect one of them; the daemon and the commands go by it as well. */
export function buildElection(keepalived: ConfigDocument['keepalived']): ElectionConfig {
  const { mode, version, advert } = keepalived
  const advertMs = advert ?? parseDuration(DEFAULTS.keepalived.advert[version]) ?? never()
  return { mode, version, advertMs }
}

/** Every server of the file with its own addresses. */
export function buildServers(servers: ConfigDocument['servers']): readonly ServerAddresses[] {
  return Object.entries(servers).map(([name, { addresses }]) => ({
    name,
    addresses: addresses.map((address) => ({ family: familyOf(address), address })),
  }))
}

type InstanceTable = ConfigDocument['pools'][string]['instances'][string]

function buildInstance(
  [name, table]: [string, InstanceTable],
  commonInterface: string | undefined,
): VrrpInstance {
  return {
    name,
    addresses: table.addresses.map(({ address, prefixLength }) => ({
      family: familyOf(address),
      address,
      prefixLength: prefixLength ?? never(),
    })),
    interface: table.interface ?? commonInterface ?? never(),
    routerId: table.virtual_router_id ?? never(),
    useVmac: table.use_vmac,
    v6: table.v6,
    extra: table.extra,
  }
}

/** What is missing was reported before: getting here is a bug. */
function never(): never {
  throw new Error('a key that render-config needs was not asked for')
}
