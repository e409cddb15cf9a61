// Draws one case of a hunt from its seed: how many servers, which config, which faults, what is disturbed with.
import type { Config } from '../../../src/config/config.ts'
import type { TimedFault } from '../../../src/simulate/fault.ts'
import { createRandom, type Random } from '../../../src/simulate/random.ts'
import type { VrrpOptions } from '../../../src/simulate/vrrp.ts'
import { configOf } from '../../config/parsing.ts'
import { settleMs } from './bounds.ts'
import { type Disturbance, drawDisturbance } from './disturbance.ts'
import { drawAllFaults, lastFaultMs, lastOrder } from './draw-faults.ts'

export interface Reload {
  readonly atMs: number
  readonly server: number
}

/** One simulated world and all that happens to it. */
export interface HuntCase {
  readonly seed: string
  readonly servers: number
  readonly instances: 1 | 2
  /** The config's keys, one a line, without the names of servers and instances. */
  readonly toml: readonly string[]
  readonly config: Config
  readonly vrrp: VrrpOptions
  readonly faults: readonly TimedFault[]
  /** In the midst of the faults a daemon reads its unchanged config again. */
  readonly reloads: readonly Reload[]
  /** By then all must be well. */
  readonly settledMs: number
  /** Afterwards everything but the holders is disturbed with. */
  readonly disturbance: Disturbance
}

export function drawCase(seed: string): HuntCase {
  const random = createRandom(`hunt ${seed}`)
  const servers = 2 + Math.floor(random.fork('servers').between(0, 4))
  const instances = random.fork('instances').chance(0.5) ? 1 : 2
  const toml = drawToml(random.fork('config'))
  const config = readConfig(toml, instances)
  const vrrp = random.fork('vrrp').pick<VrrpOptions>([
    { version: 3, advertMs: 100 },
    { version: 3, advertMs: 1000 },
    { version: 2, advertMs: 1000 },
  ])
  const faultsMs = random.fork('length').between(60_000, 1_200_000)
  const faults = drawAllFaults(seed, servers, faultsMs, random.fork('faults'))
  const reloads = drawReloads(servers, faultsMs, random.fork('reloads'))
  const settledMs = lastFaultMs(faults) + settleMs(config, vrrp)
  const order = lastOrder(faults, servers)
  const disturbance = drawDisturbance({ servers, instances, order }, vrrp, random.fork('meddling'))
  const world = { seed, servers, instances, toml, config, vrrp } as const
  return { ...world, faults, reloads, settledMs, disturbance }
}

/** Reads a drawn config as the daemon would. */
export function readConfig(toml: readonly string[], instances: 1 | 2): Config {
  const cluster = [false, true].slice(0, instances).flatMap((reverseOrder, index) => {
    const key = `clusters.recdns.instances.recdns${index}`
    return [
      `${key}.reverse_order = ${reverseOrder}`,
      `${key}.addresses = ["198.51.100.${53 + index}"]`,
    ]
  })
  return configOf(`server.name = "s1"\n${[...cluster, ...toml].join('\n')}\n`)
}

function drawReloads(servers: number, faultsMs: number, random: Random): Reload[] {
  const count = random.chance(0.5) ? 0 : whole(random, 1, 10)
  return Array.from({ length: count }, () => ({
    atMs: random.between(0, faultsMs),
    server: whole(random, 0, servers - 1),
  })).sort((a, b) => a.atMs - b.atMs)
}

/** Any legal config, within what can be simulated soon. */
export function drawToml(random: Random): string[] {
  const rise = whole(random, 1, 5)
  const backoffMs = random.between(500, 2000)
  const holderToleranceMs = random.between(1000, 5000)
  return [
    `addresses.service_addresses_on_loopback = ${random.chance(0.5)}`,
    `addresses.new_address_grace = "${millis(random.between(200, 2000))}"`,
    `timing.check_interval = "${millis(random.pick([500, 1000, 1000, 2000]))}"`,
    `timing.slow_threshold_min = "${millis(random.between(20, 100))}"`,
    `timing.retries = ${whole(random, 0, 3)}`,
    `timing.retry_window = "${millis(random.between(0, 200))}"`,
    `timing.max_concurrent_queries = ${random.pick([256, 256, 256, 16, 4, 1])}`,
    `flap.fall = ${random.pick([1, 1, 1, 2, 3])}`,
    `flap.fall_reset = ${whole(random, 1, 4)}`,
    `flap.rise = ${rise}`,
    `flap.rise_holder = ${whole(random, 1, rise)}`,
    `flap.backoff_min = "${millis(backoffMs)}"`,
    `flap.backoff_max = "${millis(backoffMs * 2 ** whole(random, 0, 4))}"`,
    `flap.backoff_hold = "${millis(random.between(0, 15_000))}"`,
    `flap.holder_tolerance = "${millis(holderToleranceMs)}"`,
    `flap.holder_tolerance_max = "${millis(holderToleranceMs * random.between(1, 4))}"`,
    ...drawProbation(random),
    ...drawUpstream(random),
  ]
}

function drawProbation(random: Random): string[] {
  if (random.chance(0.05)) return []
  if (random.chance(0.1))
    return ['flap.failback_delay = "0s"', `flap.failback_delay_max = "${whole(random, 0, 1)}h"`]
  const probationMs = random.between(2000, 30_000)
  return [
    `flap.failback_delay = "${millis(probationMs)}"`,
    `flap.failback_delay_max = "${millis(probationMs * random.between(1, 10))}"`,
  ]
}

function drawUpstream(random: Random): string[] {
  if (random.chance(0.7)) return []
  return [
    'checks.internet.kind = "upstream"',
    `checks.internet.probes = [${upstreamProbes(random.fork('probes'))}]`,
    `checks.internet.quorum = ${whole(random, 1, 3)}`,
    `checks.internet.interval = "${millis(random.between(1000, 10_000))}"`,
    `checks.internet.timeout = "${millis(random.between(1000, 2000))}"`,
    `checks.internet.fall = ${whole(random, 1, 3)}`,
    `checks.internet.rise = ${whole(random, 1, 3)}`,
  ]
}

/** Sometimes so many that they take all the room there may be; sometimes among names that a cache has. */
function upstreamProbes(random: Random): string {
  const more = random.chance(0.3) ? whole(random, 1, 140) : 0
  const prefix = () => (random.chance(0.7) ? '{random}' : 'www')
  const names = ['com', 'net', 'org'].map((zone) => `${prefix()}.example.${zone}`)
  for (let index = 0; index < more; index++) names.push(`www${index}.example.com`)
  return names.map((name) => `"${name} A"`).join(', ')
}

function whole(random: Random, least: number, most: number): number {
  return least + Math.floor(random.between(0, most - least + 1))
}

function millis(ms: number): string {
  return `${Math.round(ms)}ms`
}
