// The election: rank, state and effective priority.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { byRank, effectivePriority, rankOf } from '../../src/core/priority.ts'
import { mayServe, serverStateOf } from '../../src/core/server-state.ts'
import { orderTo } from '../support/order-to.ts'

const drained = orderTo('drained')
const isolated = orderTo('isolated')

describe('election', () => {
  test('healthy servers are 50 apart while there are few, and never as low as a degraded one', () => {
    expect([1, 2, 3, 4].map((rank) => effectivePriority('healthy', rank, 4))).toEqual([
      250, 200, 150, 100,
    ])
    expect([1, 2, 3].map((rank) => effectivePriority('healthy', rank, 3))).toEqual([250, 200, 150])
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 190 }), (servers) => {
        const ranks = Array.from({ length: servers }, (_, index) =>
          effectivePriority('healthy', index + 1, servers),
        )
        for (const [index, priority] of ranks.entries()) {
          expect(priority).toBeGreaterThan(55)
          if (index > 0) expect(priority).toBeLessThan(ranks[index - 1] as number)
        }
      }),
    )
  })

  test('below healthy the tiers are flat and in the order of their worth', () => {
    for (const rank of [1, 2, 7]) {
      expect(effectivePriority('probation', rank, 7)).toBe(55)
      expect(effectivePriority('degraded', rank, 7)).toBe(50)
      expect(effectivePriority('drained', rank, 7)).toBe(30)
      expect(effectivePriority('failed', rank, 7)).toBe(10)
      expect(effectivePriority('isolated', rank, 7)).toBe('fault')
    }
  })

  test('the worse of health and override counts', () => {
    const plain = { override: null, listed: true, probation: false }
    expect(serverStateOf('healthy', plain)).toBe('healthy')
    expect(serverStateOf('healthy', { ...plain, probation: true })).toBe('probation')
    expect(serverStateOf('degraded', { ...plain, probation: true })).toBe('degraded')
    expect(serverStateOf('healthy', { ...plain, listed: false })).toBe('drained')
    expect(serverStateOf('degraded', { ...plain, override: drained })).toBe('drained')
    expect(serverStateOf('failed', { ...plain, override: drained })).toBe('failed')
    expect(serverStateOf('failed', { ...plain, override: isolated })).toBe('isolated')
    const servable = (
      ['healthy', 'probation', 'degraded', 'drained', 'failed', 'isolated'] as const
    ).filter(mayServe)
    expect(servable).toEqual(['healthy', 'probation', 'degraded', 'drained'])
  })

  test('two instances that read one order from both ends have different best servers', () => {
    const order = ['cnh', 'sby', 'wcdc']
    expect(order.map((server) => rankOf(order, server, false))).toEqual([1, 2, 3])
    expect(order.map((server) => rankOf(order, server, true))).toEqual([3, 2, 1])
    expect(byRank(order, false)).toEqual(order)
    expect(byRank(order, true)).toEqual(['wcdc', 'sby', 'cnh'])
    expect(rankOf(order, 'rnb', false)).toBeNull()
  })
})
