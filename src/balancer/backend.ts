// A backend as the core judges it, by the same rules as a server judges itself.
import { type Backend, isAskedAtVirtual } from '../config/balancer-backends.ts'
import type { BalancerConfig } from '../config/balancer-table.ts'
import type { Config } from '../config/config.ts'
import type { FamilyAddress } from '../config/values/ip.ts'
import { spelledAs } from '../config/values/name.ts'
import type { LocalAddress } from '../core/check.ts'
import type { ServerFacts } from '../core/facts.ts'
import { isWhole } from '../core/override.ts'
import type { ServerState } from '../core/server-state.ts'
import type { Halves } from './ipvs-table.ts'

/** What a backend's addresses are on, in place of an interface of this host. */
const REMOTE = 'remote'
/** What the virtual addresses are on at which it is asked as well. */
export const VIRTUAL = 'virtual'

/** The backends that a name means: "recdns.ns1" is one, "ns1" that server in all services. */
export function backendsNamed(name: string, backends: readonly Backend[]): readonly Backend[] {
  const meant = (text: string, of: readonly Backend[]) => {
    const server = spelledAs(text, [...new Set(of.map((backend) => backend.server.name))])
    return of.filter((backend) => backend.server.name === server)
  }
  for (const service of new Set(backends.map((backend) => backend.service.name))) {
    if (!name.toLowerCase().startsWith(`${service.toLowerCase()}.`)) continue
    const own = backends.filter((backend) => backend.service.name === service)
    const found = meant(name.slice(service.length + 1), own)
    if (found.length > 0) return found
  }
  return meant(name, backends)
}

/**
 * The config that a backend's core goes by: this file's checks and timing, and nothing that is about
 * this host. There is neither holder tolerance, for it costs nothing to ask another real server instead, nor
 * probation: the slow start is one.
 */
export function backendConfig(config: Config, { name }: Backend): Config {
  return {
    ...config,
    server: { name },
    clusters: [],
    addresses: {
      ...config.addresses,
      exclude: [],
      excludeInterfaces: [],
      serviceAddressesOnLoopback: false,
      newAddressGraceMs: 0,
    },
    flap: { ...config.flap, failbackDelayMs: 0, holderToleranceMs: 0, holderToleranceMaxMs: 0 },
    balancer: null,
  }
}

/** Where a backend is asked: at its own addresses, and at the virtual ones if these are checked. */
export function backendAddresses(backend: Backend, balancer: BalancerConfig): LocalAddress[] {
  const at = ({ address, family }: FamilyAddress, on: string): LocalAddress => ({
    address,
    family,
    interface: on,
    loopback: false,
    state: 'ready',
    sinceMs: null,
  })
  const virtual = isAskedAtVirtual(backend.service, balancer) ? backend.service.addresses : []
  return [
    ...backend.server.addresses.map((address) => at(address, REMOTE)),
    ...virtual.map((address) => at(address, VIRTUAL)),
  ]
}

/**
 * What a backend is worth; null before its first result, unless an operator has decided. Until then
 * an order is all that is known, and nobody may be called failed for it: that would end the
 * connections that a drain leaves to end by themselves.
 */
export function backendServerState({
  decided,
  damper,
  override,
  state: serverState,
}: Pick<ServerFacts, 'decided' | 'damper' | 'override' | 'state'>): ServerState | null {
  if (decided || (damper.known && damper.phase === 'down')) return serverState
  return override !== null && isWhole(override) ? override.mode : null
}

/** As the kernel's table has it. */
export function halvesOf({ service, server }: Backend): Halves {
  const textsOf = (all: readonly FamilyAddress[]) => all.map(({ address }) => address)
  return {
    virtual: textsOf(service.addresses),
    real: textsOf(server.addresses),
    port: service.port,
  }
}
