// The way back against made-up sights: from each order, and what holds it up.
import { describe, expect, test } from 'bun:test'
import {
  advanceUndrain,
  beginUndrain,
  type UndrainAction,
  type UndrainPlan,
  type UndrainState,
} from '../../src/drain/undrain-sequence.ts'
import { orderTo } from '../support/order-to.ts'
import { observationAt, router, type Sketch } from './observations.ts'

const PLAN: UndrainPlan = {
  server: 's1',
  instances: ['one'],
  rise: 3,
  settleMs: 1000,
  timeoutMs: 10_000,
  noWait: false,
  keepFailbackDelay: false,
  warm: false,
}
const HEARS = { routers: [router('backup', 200)], here: [] as string[] }
const DRAINED: Sketch = { priority: 30, ...HEARS, override: orderTo('drained') }
const ISOLATED: Sketch = {
  priority: 'fault',
  routers: [router('fault', 0, false)],
  here: [],
  override: orderTo('isolated'),
}

interface Play {
  state: UndrainState
  readonly actions: UndrainAction[]
}

const begin = (): Play => ({ state: beginUndrain(0), actions: [] })

function see(play: Play, nowMs: number, what: Sketch, plan = PLAN, warmed: string | null = null) {
  const turn = advanceUndrain(play.state, plan, observationAt(nowMs, what), warmed)
  play.state = turn.state
  play.actions.push(...turn.actions)
}

const words = (play: Play) =>
  play.actions.map((action) => (action.kind === 'tell' ? action.step.step : action.kind))

describe('an undrain', () => {
  test('of a drained, healthy server lifts the order at once', () => {
    const play = begin()
    for (const nowMs of [0, 100, 200]) see(play, nowMs, DRAINED)
    expect(words(play)).toEqual(['settled', 'healthy', 'lift'])
    see(play, 300, { ...DRAINED, priority: 250, override: null })
    expect(play.state.phase).toBe('done')
  })

  test('of an isolated server is drained first, and waits until the election is quiet', () => {
    const play = begin()
    see(play, 0, ISOLATED)
    expect(words(play)).toEqual(['soften', 'drained'])
    see(play, 100, { ...ISOLATED, override: orderTo('drained') })
    see(play, 200, DRAINED)
    see(play, 1100, DRAINED)
    expect(play.state.phase).toBe('settling')
    see(play, 1300, DRAINED)
    expect(play.state.phase).toBe('rising')
  })

  test.each([
    ['a drain like it', orderTo('drained', { by: 'bob', id: 'another' })],
    ['an isolation', orderTo('isolated', { by: 'bob' })],
  ])('leaves %s as it is that came between, and says whose it is', (_, another) => {
    const play = begin()
    see(play, 0, DRAINED)
    see(play, 100, { ...DRAINED, override: another })
    expect(play.state.phase).toBe('failed')
    expect(words(play)).not.toContain('lift')
    expect(JSON.stringify(play.actions.at(-1))).toContain(`${another.mode} by bob`)
  })

  test('waits for a master to be heard, and gives up in the safer state', () => {
    const play = begin()
    see(play, 0, DRAINED)
    const deaf = { ...DRAINED, routers: [router('backup', 0, false)] }
    see(play, 5000, deaf)
    expect(play.state.phase).toBe('settling')
    see(play, 10_100, deaf)
    expect(play.state.phase).toBe('failed')
    expect(words(play)).not.toContain('lift')
  })

  test('waits for the checks, as many in a row as rise says', () => {
    const play = begin()
    for (const nowMs of [0, 100]) see(play, nowMs, DRAINED)
    see(play, 200, { ...DRAINED, passes: 2 })
    see(play, 300, { ...DRAINED, health: 'failed', passes: 9 })
    expect(play.state.phase).toBe('rising')
    see(play, 10_200, { ...DRAINED, health: 'failed' })
    expect(play.state.phase).toBe('failed')
  })

  test('warms the cache first, and looks at the checks again after it', () => {
    const plan = { ...PLAN, warm: true }
    const play = begin()
    for (const nowMs of [0, 100, 200]) see(play, nowMs, DRAINED, plan)
    expect(words(play).at(-1)).toBe('warm')
    see(play, 300, DRAINED, plan)
    expect(play.state.phase).toBe('warming')
    see(play, 400, { ...DRAINED, health: 'failed' }, plan, 'warmed')
    expect(play.state.phase).toBe('rising')
  })

  test('--no-wait waits neither for the checks nor for the cache', () => {
    const plan = { ...PLAN, noWait: true, warm: true }
    const play = begin()
    for (const nowMs of [0, 100]) see(play, nowMs, { ...DRAINED, health: 'failed' }, plan)
    expect(words(play)).toEqual(['settled', 'healthy', 'lift'])
  })

  test('ends a failback delay, and says how much of it was left', () => {
    const play = begin()
    const owing = { ...DRAINED, owedMs: 39_000 }
    for (const nowMs of [0, 100, 200]) see(play, nowMs, owing)
    see(play, 300, { ...DRAINED, priority: 250, override: null })
    const [delay, lifted] = play.actions.slice(-2)
    expect(delay).toMatchObject({ step: { text: 'failback delay ended: 39 s were left' } })
    expect(lifted).toMatchObject({ step: { text: 'priority restored: one 250' } })
  })

  test('says nothing of a failback delay where only some instances were drained', () => {
    const play = begin()
    const part = {
      ...DRAINED,
      owedMs: 39_000,
      override: orderTo('drained', { instances: ['one'] }),
    }
    for (const nowMs of [0, 100, 200]) see(play, nowMs, part)
    see(play, 300, { ...part, priority: 55, override: null })
    expect(words(play)).toEqual(['settled', 'healthy', 'lift', 'lifted'])
  })

  test('--keep-failback-delay has the daemon know that before the drain ends', () => {
    const plan = { ...PLAN, keepFailbackDelay: true }
    const kept = orderTo('drained', { keepsFailbackDelay: true })
    const play = begin()
    see(play, 0, DRAINED, plan)
    expect(play.actions).toEqual([{ kind: 'soften', override: kept }])
    const owing = { ...DRAINED, override: kept, owedMs: 39_000 }
    // A daemon that has not read it would end the delay, however long that takes.
    for (const nowMs of [100, 5000]) see(play, nowMs, { ...owing, known: orderTo('drained') }, plan)
    expect(play.state.phase).toBe('settling')
    for (const nowMs of [5100, 5200]) see(play, nowMs, owing, plan)
    expect(play.actions.at(-1)).toEqual({ kind: 'lift' })
    see(play, 5300, { ...DRAINED, priority: 55, state: 'probation', override: null }, plan)
    const texts = play.actions
      .slice(-2)
      .map((action) => (action.kind === 'tell' ? action.step.text : action.kind))
    expect(texts).toEqual([
      'failback delay continues: 39 s left (--keep-failback-delay)',
      'drain ended: one 55 (probation)',
    ])
  })

  test('gives up where the daemon does not take that in', () => {
    const plan = { ...PLAN, keepFailbackDelay: true }
    const play = begin()
    see(play, 0, DRAINED, plan)
    const kept = orderTo('drained', { keepsFailbackDelay: true })
    see(play, 10_100, { ...DRAINED, override: kept, known: orderTo('drained') }, plan)
    expect(play.state.phase).toBe('failed')
    expect(words(play)).not.toContain('lift')
    expect(JSON.stringify(play.actions.at(-1))).toContain('the daemon has not applied the change')
  })

  test('an undrain without it takes back what an earlier one with it has written', () => {
    const play = begin()
    see(play, 0, { ...DRAINED, override: orderTo('drained', { keepsFailbackDelay: true }) })
    expect(play.actions).toEqual([{ kind: 'soften', override: orderTo('drained') }])
  })

  test('obeys somebody who isolates the server meanwhile', () => {
    const play = begin()
    for (const nowMs of [0, 100]) see(play, nowMs, DRAINED)
    see(play, 200, ISOLATED)
    expect(play.state.phase).toBe('failed')
    expect(words(play)).not.toContain('lift')
  })

  test('has nothing to do without an order', () => {
    const play = begin()
    see(play, 0, { ...DRAINED, override: null })
    expect(play.state.phase).toBe('done')
  })
})
