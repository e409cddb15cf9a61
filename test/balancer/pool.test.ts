// A service's real servers among each other: who is removed, who stays with weight 0, who is fail-open.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { isFailOpen, isInPool, type Member, poolWeights, REMOVED } from '../../src/balancer/pool.ts'
import type { ServerState } from '../../src/core/server-state.ts'

type Given = readonly [serverState: ServerState | null, weight: number | null, isTakenOut?: true]

function members(given: readonly Given[]): Member[] {
  return given.map(([serverState, weight, isTakenOut = false], index) => ({
    ...{ name: `ns${index + 1}`, state: serverState, weight, isTakenOut },
  }))
}

/** What each file says, in the order of the members; null for none. */
function files(given: readonly Given[], sorry = false): (number | null)[] {
  const places = poolWeights(members(given), { sorry })
  return members(given).map(
    ({ name }) => places.find((place) => place.name === name)?.value ?? null,
  )
}

const WELL: Given = ['healthy', 100]
const FAILED: Given = ['failed', 0]
const DRAINED: Given = ['drained', 0, true]
const DRAINED_AND_DEAD: Given = ['failed', 0, true]
const UNKNOWN: Given = [null, null]

describe('what is published', () => {
  test.each<[string, readonly Given[], readonly (number | null)[]]>([
    ['the weight of who is well', [WELL, ['healthy', 25], ['degraded', 1]], [100, 25, 1]],
    ['that who has failed is removed', [FAILED, WELL], [REMOVED, 100]],
    ['0 for who is drained', [DRAINED, ['isolated', 0, true], WELL], [0, 0, 100]],
    ['nothing of who has not been judged', [UNKNOWN, WELL], [null, 100]],
    ['1 for all when all have failed', [FAILED, FAILED], [1, 1]],
    ['1 for the only one', [FAILED], [1]],
    ['1 for who has failed when the others are drained', [FAILED, DRAINED], [1, 0]],
    ['that who is drained and has failed is removed', [DRAINED_AND_DEAD, WELL], [REMOVED, 100]],
    ['no fail-open by who is drained', [DRAINED_AND_DEAD, DRAINED], [REMOVED, 0]],
    ['1 beside who is drained and has failed', [FAILED, DRAINED_AND_DEAD], [1, REMOVED]],
    ['0 for all when all are drained', [DRAINED, DRAINED], [0, 0]],
    ['no fail-open beside degraded', [FAILED, ['degraded', 1]], [REMOVED, 1]],
    ['no fail-open while one is not known', [FAILED, UNKNOWN], [REMOVED, null]],
    ['nothing for nobody', [], []],
  ])('is %s', (_, given, wanted) => {
    expect(files(given)).toEqual([...wanted])
  })

  test('leaves all removed where a sorry server is there', () => {
    expect(files([FAILED, FAILED, DRAINED], true)).toEqual([REMOVED, REMOVED, 0])
  })

  test('is 0 to people for who is removed', () => {
    expect(poolWeights(members([FAILED, WELL]), { sorry: false })).toEqual([
      { name: 'ns2', value: 100, weight: 100 },
      { name: 'ns1', value: REMOVED, weight: 0 },
    ])
  })
})

describe('fail-open', () => {
  test('is told from the pool', () => {
    expect(isFailOpen({ state: 'failed', weight: 1 })).toBe(true)
    expect(isInPool({ state: 'failed', weight: 1 })).toBe(false)
    for (const weight of [0, null]) {
      expect(isFailOpen({ state: 'failed', weight })).toBe(false)
      expect(isInPool({ state: 'failed', weight })).toBe(false)
    }
    expect(isFailOpen({ state: 'degraded', weight: 1 })).toBe(false)
    expect(isInPool({ state: 'degraded', weight: 1 })).toBe(true)
  })
})

const DEGRADED: Given = ['degraded', 1]
const GIVEN = fc.array(fc.constantFrom(WELL, FAILED, DRAINED, DRAINED_AND_DEAD, UNKNOWN, DEGRADED))

describe('whatever has happened', () => {
  test('somebody is in the pool, unless all are taken out, unknown, or replaced by a sorry server', () => {
    fc.assert(
      fc.property(GIVEN, fc.boolean(), (given, sorry) => {
        const places = poolWeights(members(given), { sorry })
        const isAnybody = places.some(({ weight }) => weight > 0)
        const couldBe = given.some(
          ([serverState, , isTakenOut]) => serverState !== null && !isTakenOut,
        )
        const mayBeEmpty = sorry || given.includes(UNKNOWN)
        if (couldBe && !mayBeEmpty) expect(isAnybody).toBe(true)
        if (!couldBe) expect(isAnybody).toBe(false)
      }),
    )
  })

  test('from one state to another, one file after the other, the pool is not empty in between', () => {
    fc.assert(
      fc.property(GIVEN, fc.infiniteStream(fc.constantFrom(...[WELL, FAILED])), (given, next) => {
        const before = given.map((entry) => (entry === UNKNOWN ? WELL : entry))
        const after = before.map((entry) => (entry[2] ? entry : (next.next().value as Given)))
        const isDrainedOnly = before.every((entry) => entry[2])
        const held = new Map(
          poolWeights(members(before), { sorry: false }).map((weight) => [
            weight.name,
            weight.value,
          ]),
        )
        for (const { name, value } of poolWeights(members(after), { sorry: false })) {
          held.set(name, value)
          expect([...held.values()].some((one) => one > 0)).toBe(!isDrainedOnly)
        }
      }),
    )
  })
})
