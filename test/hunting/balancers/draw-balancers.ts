// Draws one case of a hunt around balancers from its seed: services, real servers, config, faults.
import type { Config } from '../../../src/config/config.ts'
import { createRandom, type Random } from '../../../src/simulate/random.ts'
import type { VrrpOptions } from '../../../src/simulate/vrrp.ts'
import { configOf } from '../../config/parsing.ts'
import { drawToml } from '../servers/draw.ts'
import { balancersSettleMs } from './balancers-bounds.ts'
import { drawBalancersFaults, type TimedBalancersFault } from './fault.ts'

/** A pair of balancers and all that happens to it. */
export interface BalancersCase {
  readonly seed: string
  readonly balancers: number
  readonly servers: number
  /** The config's keys, one a line, without the names of the balancers. */
  readonly toml: readonly string[]
  readonly config: Config
  readonly vrrp: VrrpOptions
  readonly faults: readonly TimedBalancersFault[]
  /** By then all must be well. */
  readonly settledMs: number
}

/** Those that a weight can be told apart by: a quarter of each is more than degraded. */
const WEIGHTS = [10, 50, 100, 100, 100, 255] as const

export function drawBalancersCase(seed: string): BalancersCase {
  const random = createRandom(`hunt balancers ${seed}`)
  const servers = 1 + Math.floor(random.fork('servers').between(0, 4))
  const balancers = random.fork('balancers').chance(0.9) ? 2 : 1
  const toml = [...drawBalancer(servers, random.fork('balancer')), ...drawRest(random)]
  const config = readBalancersConfig(toml)
  const vrrp = random.fork('vrrp').pick<VrrpOptions>([
    { version: 3, advertMs: 100 },
    { version: 3, advertMs: 1000 },
    { version: 2, advertMs: 1000 },
  ])
  const faultsMs = random.fork('length').between(60_000, 400_000)
  const faults = drawBalancersFaults({ balancers, servers }, faultsMs, random.fork('faults'))
  const settledMs = lastFaultMs(faults) + balancersSettleMs(config, vrrp)
  return { seed, balancers, servers, toml, config, vrrp, faults, settledMs }
}

/** Reads a drawn config as the daemon would. */
export function readBalancersConfig(toml: readonly string[]): Config {
  return configOf(`server.name = "lb1"\n${toml.join('\n')}\n`)
}

/** When the last of the faults has ended. */
function lastFaultMs(faults: readonly TimedBalancersFault[]): number {
  return Math.max(
    0,
    ...faults.map(({ atMs, fault }) => atMs + ('forMs' in fault ? fault.forMs : 0)),
  )
}

/** Everything but what a balancer cannot have, and probations of an hour, which nobody waits for. */
function drawRest(random: Random): string[] {
  const lines = drawToml(random.fork('config')).filter((line) => !line.startsWith('addresses.'))
  const others = lines.filter((line) => !line.startsWith('flap.failback_delay'))
  const isShort = others.length === lines.length - 2 && !lines.some((line) => line.endsWith('h"'))
  return isShort
    ? lines
    : [...others, 'flap.failback_delay = "0s"', 'flap.failback_delay_max = "1m"']
}

function drawBalancer(servers: number, random: Random): string[] {
  const hasIpv6 = random.chance(0.3)
  const both = (ipv4: string, ipv6: string) =>
    `[${[ipv4, ...(hasIpv6 ? [ipv6] : [])].map((address) => `"${address}"`).join(', ')}]`
  const virtual = both('198.51.100.53', '2001:db8::53')
  const ports = random.chance(0.7) ? { dns: 53 } : { dns: 53, other: 5353 }
  return [
    `clusters.dns.instances.dns0.addresses = ${virtual}`,
    `balancer.slow_start = "${random.pick([0, 3, 10, 20])}s"`,
    `balancer.check_virtual = ${random.chance(0.3)}`,
    `balancer.source = ${both('192.0.2.5', '2001:db8::5')}`,
    ...Object.entries(ports).flatMap(([name, port]) => {
      const key = `balancer.services.${name}`
      return [
        `${key}.addresses = ${virtual}`,
        `${key}.port = ${port}`,
        `${key}.quorum = ${1 + Math.floor(random.between(0, servers))}`,
        ...(random.chance(0.3) ? [`${key}.sorry_server = ["192.0.2.99"]`] : []),
        ...Array.from({ length: servers }, (_, index) => {
          const addresses = both(`192.0.2.${11 + index}`, `2001:db8::${11 + index}`)
          const server = `${key}.servers.ns${index + 1}`
          return `${server} = { addresses = ${addresses}, weight = ${random.pick(WEIGHTS)} }`
        }),
      ]
    }),
  ]
}
