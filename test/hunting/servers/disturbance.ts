// What is done to servers that hold nothing, once all is well: no address may move for any of it.
import type { Fault } from '../../../src/simulate/fault.ts'
import type { Random } from '../../../src/simulate/random.ts'
import type { VrrpOptions } from '../../../src/simulate/vrrp.ts'

export type Action =
  | { readonly afterMs: number; readonly fault: Fault }
  /** Another config on one server; the text decides which. */
  | { readonly afterMs: number; readonly server: number; readonly configSeed: string }

export interface Disturbance {
  /** Drained before it begins, so that the best server is not the holder; null for none. */
  readonly drained: number | null
  /** Counted from when the address has come to rest. */
  readonly actions: readonly Action[]
  readonly lengthMs: number
}

export interface Setup {
  readonly servers: number
  readonly instances: 1 | 2
  readonly order: readonly number[]
}

const LENGTH_MS = 90_000
/** A drain that does not end. */
const FOREVER_MS = 1e9

export function drawDisturbance(setup: Setup, vrrp: VrrpOptions, random: Random): Disturbance {
  const { order, instances } = setup
  const drained = order.length > 2 && random.chance(0.4) ? (order[0] as number) : null
  const inRace = order.filter((server) => server !== drained)
  const holders = instances === 1 ? inRace.slice(0, 1) : [inRace[0], inRace.at(-1)]
  const others = Array.from({ length: setup.servers }, (_, server) => server).filter(
    (server) => !holders.includes(server),
  )
  const actions: Action[] = []
  const count = others.length === 0 ? 0 : Math.floor(random.between(0, 30))
  for (let index = 0; index < count; index++) {
    const afterMs = random.between(0, LENGTH_MS * 0.8)
    const server = random.pick(others)
    actions.push(drawAction(afterMs, server, drained, holders, setup, random))
  }
  const lengthMs = LENGTH_MS + 10 * vrrp.advertMs
  return { drained, actions, lengthMs }
}

export function drainFor(server: number): Fault {
  return { kind: 'drain', server, mode: 'drained', forMs: FOREVER_MS }
}

function drawAction(
  afterMs: number,
  server: number,
  drained: number | null,
  holders: readonly (number | undefined)[],
  { order }: Setup,
  random: Random,
): Action {
  const forMs = random.between(100, 20_000)
  const kind = random.pick(['order', 'order', 'drain', 'config', 'crash', 'daemon-death', 'link'])
  switch (kind) {
    case 'order':
      return { afterMs, fault: { kind: 'order', order: reorder(order, drained, holders, random) } }
    case 'drain': {
      const mode = random.chance(0.5) ? 'drained' : 'isolated'
      return { afterMs, fault: { kind: 'drain', server, mode, forMs } }
    }
    case 'crash':
    case 'daemon-death':
      return { afterMs, fault: { kind, server, forMs } }
    case 'link':
      return { afterMs, fault: { kind: 'link-loss', server, forMs } }
    default:
      return { afterMs, server, configSeed: `${afterMs}` }
  }
}

/** Shuffles those between the holders; nobody's place above a holder changes, nor the length. */
function reorder(
  order: readonly number[],
  drained: number | null,
  holders: readonly (number | undefined)[],
  random: Random,
): number[] {
  const fixed = (server: number) => server === drained || holders.includes(server)
  const free = order.filter((server) => !fixed(server))
  for (let index = free.length - 1; index > 0; index--) {
    const other = Math.floor(random.between(0, index + 1))
    const here = free[index] as number
    free[index] = free[other] as number
    free[other] = here
  }
  return order.map((server) => (fixed(server) ? server : (free.shift() as number)))
}
