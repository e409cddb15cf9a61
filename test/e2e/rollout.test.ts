// The rollout on booted machines, in order: each part begins where the one before has left the fleet.
import { afterAll, beforeAll, describe, setDefaultTimeout } from 'bun:test'
import { whyNoRollout } from './environment.ts'
import { again } from './parts/again.ts'
import { broken } from './parts/broken.ts'
import { first } from './parts/first.ts'
import { metrics } from './parts/metrics.ts'
import { moved } from './parts/moved.ts'
import { operator } from './parts/operator.ts'
import { power } from './parts/power.ts'
import { secrets } from './parts/secrets.ts'
import { upgrade } from './parts/upgrade.ts'
import { createWorld, type World } from './world.ts'

setDefaultTimeout(900_000)

const PARTS = { upgrade, broken, again, moved, power, operator }

/** Words in the environment choose parts, all of them when there is none; see build/e2e. */
const wanted = (process.env.HOLDFAST_E2E_PARTS ?? '').split(' ').filter((word) => word !== '')

describe.skipIf(whyNoRollout() !== null)('rollout', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world?.destroy())

  describe('first', () => {
    first(() => world)
    secrets(() => world)
    metrics(() => world)
  })
  for (const [name, tell] of Object.entries(PARTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    describe(name, () => tell(() => world))
  }
})
