// Plays one case of a hunt and hands back which rules it broke.
import type { Config } from '../../../src/config/config.ts'
import { inject } from '../../../src/simulate/fault-injection.ts'
import { holdfastPolicy } from '../../../src/simulate/holdfast.ts'
import type { Node } from '../../../src/simulate/node.ts'
import { createRandom } from '../../../src/simulate/random.ts'
import { createWorld, type World, type WorldEvent } from '../../../src/simulate/world.ts'
import { electionMs } from './bounds.ts'
import { type Action, drainFor } from './disturbance.ts'
import { drawToml, type HuntCase, readConfig } from './draw.ts'
import { createWatch, type Violation, type Watch } from './invariants.ts'

export interface PlayOptions {
  readonly onEvent?: (event: WorldEvent) => void
  /** Goes on after the first violation. */
  readonly onAndOn?: boolean
}

export interface Played {
  readonly violations: readonly Violation[]
  readonly serverHours: number
}

const AUDIT_EVERY_MS = 1000

/** The drained best server's address has left it by then: its check, the election, and more. */
const LEAVES_MS = 5000

export function play(spec: HuntCase, options: PlayOptions = {}): Played {
  const { config, vrrp, servers } = spec
  const watch = createWatch(config, vrrp, servers)
  const calmMs = spec.settledMs + electionMs(vrrp) + LEAVES_MS
  const endMs = calmMs + spec.disturbance.lengthMs
  const world = createWorld({
    config,
    policy: holdfastPolicy(config, { observe: watch.observe }),
    servers,
    faults: spec.faults,
    random: createRandom(spec.seed),
    endMs,
    fromMs: 0,
    vrrp,
    onEvent(event) {
      watch.onEvent(event)
      options.onEvent?.(event)
    },
  })
  for (const { atMs, server } of spec.reloads)
    world.context.agenda.add(atMs, () => {
      world.nodes[server]?.checker.reloaded?.()
    })
  const phases = [
    () => runAudited(world, watch, spec.settledMs, options),
    () => {
      watch.checkSettled(world)
      if (spec.disturbance.drained !== null)
        inject(world.context, drainFor(spec.disturbance.drained))
    },
    () => runAudited(world, watch, calmMs, options),
    () => {
      watch.beginCalm()
      for (const action of spec.disturbance.actions) disturb(world, spec, action, calmMs)
    },
    () => runAudited(world, watch, endMs, options),
    () => watch.finish(),
  ]
  for (const phase of phases) {
    if (watch.violations.length > 0 && options.onAndOn !== true) break
    phase()
  }
  const serverHours = (servers * world.nowMs()) / 3_600_000
  return { violations: watch.violations, serverHours }
}

function runAudited(world: World, watch: Watch, untilMs: number, options: PlayOptions): void {
  for (let atMs = world.nowMs(); atMs < untilMs; ) {
    if (watch.violations.length > 0 && options.onAndOn !== true) return
    atMs = Math.min(untilMs, atMs + AUDIT_EVERY_MS)
    world.run(atMs)
    watch.audit(world)
  }
}

function disturb(world: World, spec: HuntCase, action: Action, fromMs: number): void {
  world.context.agenda.add(fromMs + action.afterMs, () => {
    if ('fault' in action) {
      inject(world.context, action.fault)
      return
    }
    const node = world.nodes[action.server] as Node
    node.checker.configChanged?.(otherConfig(spec, action.configSeed))
  })
}

/** As different as can be, but for what must be the same on all servers. */
function otherConfig(spec: HuntCase, seed: string): Config {
  return readConfig(drawToml(createRandom(`${spec.seed} ${seed}`)), spec.instances)
}
