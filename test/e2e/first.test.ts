// The first rollout, from bare hosts. It leaves its fleet for the other parts.
import { afterAll, beforeAll, describe, setDefaultTimeout, test } from 'bun:test'
import { whyNoRollout } from './environment.ts'
import { first } from './parts/first.ts'
import { metrics } from './parts/metrics.ts'
import { secrets } from './parts/secrets.ts'
import { leaveForOthers } from './sound.ts'
import { createWorld, type World } from './world.ts'

setDefaultTimeout(900_000)

describe.skipIf(whyNoRollout() !== null)('first rollout', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world?.destroy())

  first(() => world)
  secrets(() => world)
  metrics(() => world)

  test('its disks are there for the other parts', () => leaveForOthers(world))
})
