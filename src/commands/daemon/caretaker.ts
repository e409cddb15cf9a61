// Wires the daemon's caretaker to the order's file, keepalived and the local named.
import { readBounded } from '../../adapters/atomic-file.ts'
import { isClockSet } from '../../adapters/clock-set.ts'
import { createOrderReader, type SwapOrder } from '../../adapters/override-file.ts'
import type { Config } from '../../config/config.ts'
import type { Clock, Log, Prober } from '../../ports.ts'
import { type Caretaker, createCaretaker } from '../../runtime/caretaker.ts'
import { createWorld } from '../maintenance/maintenance-world.ts'
import { takeBack, undrainHands } from '../maintenance/order-hands.ts'
import { undrainPlan } from '../maintenance/undrain.ts'

const NAMES_LIMIT_BYTES = 16 * 1024 * 1024

export function caretakerOf(
  config: Config,
  ports: {
    readonly clock: Clock
    readonly log: Log
    readonly prober: Prober
    readonly swapOrder: SwapOrder
  },
): Caretaker {
  const path = `${config.paths.stateDir}/override.json`
  const readOrder = createOrderReader(path)
  return createCaretaker(config, {
    ...ports,
    files: { read: (file) => readBounded(file, NAMES_LIMIT_BYTES) },
    readOverride: readOrder,
    askClock: isClockSet,
    takeBack: (override) => takeBack(path, override, ports.swapOrder),
    hold: (override) => undrainHands(path, override, ports.swapOrder),
    looker: (now) => createWorld({ ...now, paths: config.paths }, ports.clock, readOrder).look,
    planOf: (now) => undrainPlan(now, Number.POSITIVE_INFINITY, false),
  })
}
