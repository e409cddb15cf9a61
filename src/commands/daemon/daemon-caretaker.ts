// Wires the daemon's caretaker to the order's file, keepalived and the local named.
import { isClockSet } from '../../adapters/clock.ts'
import type { Disk } from '../../adapters/disk/thread.ts'
import { createOrderReader } from '../../adapters/override-file.ts'
import type { Config } from '../../config/config.ts'
import { overridePath } from '../../documents/override-document.ts'
import type { Clock, Log, Prober } from '../../ports.ts'
import { type Caretaker, createCaretaker } from '../../runtime/caretaker.ts'
import { createEnvironment } from '../drain/drain-environment.ts'
import { undrainHands } from '../drain/order-hands.ts'
import { NAMES_LIMIT_BYTES, undrainPlan } from '../drain/undrain-command.ts'

export function caretakerOf(
  config: Config,
  ports: {
    readonly clock: Clock
    readonly log: Log
    readonly prober: Prober
    readonly disk: Pick<Disk, 'swapOrder' | 'readText'>
  },
): Caretaker {
  const path = overridePath(config.paths.stateDir)
  const { disk } = ports
  const readOrder = createOrderReader(path)
  return createCaretaker(config, {
    ...ports,
    readNames: (file) => disk.readText(file, NAMES_LIMIT_BYTES),
    readOverride: readOrder,
    askClock: isClockSet,
    hold: (override) => undrainHands(path, override, disk.swapOrder),
    looker: (now) =>
      createEnvironment({ ...now, paths: config.paths }, ports.clock, readOrder).look,
    planOf: (now) => undrainPlan(now, Number.POSITIVE_INFINITY, false),
  })
}
