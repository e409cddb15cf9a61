// The simulated world: addresses where the election puts them, and cores that know what they hold.
import { expect, test } from 'bun:test'
import type { State } from '../../src/core/state.ts'
import { holdfastPolicy } from '../../src/simulate/holdfast.ts'
import { createRandom } from '../../src/simulate/random.ts'
import { createWorld } from '../../src/simulate/world.ts'
import { testConfig } from '../core/config.ts'

function settledWorld(onLoopback: boolean) {
  const base = testConfig()
  const config = {
    ...base,
    addresses: { ...base.addresses, serviceAddressesOnLoopback: onLoopback },
  }
  const states: State[] = []
  const policy = holdfastPolicy(config, {
    observe: (server, _event, { state }) => {
      states[server] = state
    },
  })
  const world = createWorld({
    config,
    policy,
    servers: 3,
    faults: [],
    random: createRandom('world'),
    endMs: 10_000,
    fromMs: 0,
    vrrp: { version: 3, advertMs: 100 },
  })
  world.run(10_000)
  return { world, states }
}

for (const onLoopback of [false, true]) {
  test(`each core knows what its server holds, state ${onLoopback ? 'on' : 'off'}`, () => {
    const { world, states } = settledWorld(onLoopback)
    const held = world.nodes.map((node) =>
      world.instances.flatMap(({ name }, index) => (node.holds(index) ? [name] : [])),
    )
    expect(held).toEqual([['recdns0'], [], ['recdns1']])
    expect(states.map((state) => [...state.holding])).toEqual(held)
  })

  test(`each core probes what its server has, state ${onLoopback ? 'on' : 'off'}`, () => {
    const { states } = settledWorld(onLoopback)
    const own = (server: number) => ['127.0.0.1', `192.0.2.${11 + server}`]
    const service = ['192.0.2.53', '192.0.2.54']
    const expected = [
      [...own(0), ...(onLoopback ? service : service.slice(0, 1))],
      [...own(1), ...(onLoopback ? service : [])],
      [...own(2), ...(onLoopback ? service : service.slice(1))],
    ]
    const probed = states.map((state) => [...state.probed.keys()].sort())
    expect(probed).toEqual(expected.map((addresses) => addresses.sort()))
  })
}
