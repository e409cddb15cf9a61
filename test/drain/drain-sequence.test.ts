// The drain's steps against made-up sights: the good way, rollback, force, interruption, two at once.
import { describe, expect, test } from 'bun:test'
import {
  advanceDrain,
  beginDrain,
  type DrainAction,
  type DrainPlan,
  type DrainState,
  interruptDrain,
  type Proof,
} from '../../src/drain/drain-sequence.ts'
import { HOLDING, observationAt, router } from './observations.ts'

const PLAN: DrainPlan = {
  server: 's1',
  mode: 'drained',
  isIsolated: false,
  instances: ['one'],
  orders: new Map([['one', ['s1', 's2', 's3']]]),
  timeoutMs: 10_000,
  settleMs: 1000,
  forced: false,
  alone: false,
}
const PROVEN: Proof = { ok: true, text: 's2 answers' }
const ELSEWHERE = { routers: [router('backup', 200)], here: [] as string[] }

interface Play {
  state: DrainState
  readonly actions: DrainAction[]
}

function begin(): Play {
  const { state, actions } = beginDrain(0, PLAN)
  return { state, actions: [...actions] }
}

function see(
  play: Play,
  nowMs: number,
  what: Parameters<typeof observationAt>[1],
  proof: Proof | null = null,
  plan = PLAN,
): Play {
  const turn = advanceDrain(play.state, plan, observationAt(nowMs, what), proof)
  play.state = turn.state
  play.actions.push(...turn.actions)
  return play
}

const words = (play: Play) =>
  play.actions.map((action) => {
    if (action.kind === 'tell') return action.step.step
    return action.kind === 'publish' ? `publish ${action.mode}` : action.kind
  })

describe('a drain', () => {
  test('is done when the address has left, a better master is heard and a peer answers', () => {
    const play = begin()
    see(play, 10, { priority: 30, ...HOLDING })
    see(play, 300, { priority: 30, ...ELSEWHERE })
    see(play, 400, { priority: 30, ...ELSEWHERE }, PROVEN)
    expect(play.state.phase).toBe('done')
    expect(words(play)).toEqual([
      'publish drained',
      'published',
      'left',
      'prove',
      'proven',
      'confirm',
    ])
    expect(JSON.stringify(play.actions.at(-2))).toContain('one moved to s2 (priority 200)')
  })

  test('goes on to FAULT only then', () => {
    const plan = { ...PLAN, mode: 'isolated' as const }
    const play = begin()
    see(play, 10, { priority: 30, ...HOLDING }, null, plan)
    see(play, 300, { priority: 30, ...ELSEWHERE }, null, plan)
    expect(words(play)).not.toContain('publish isolated')
    see(play, 400, { priority: 30, ...ELSEWHERE }, PROVEN, plan)
    expect(words(play).at(-1)).toBe('publish isolated')
    see(play, 500, { priority: 'fault', ...ELSEWHERE }, null, plan)
    expect(play.state.phase).toBe('isolating')
    see(play, 600, { priority: 'fault', routers: [router('fault', 0)], here: [] }, null, plan)
    expect(play.state.phase).toBe('done')
  })

  test('that sets another end for an isolated server leaves it in FAULT', () => {
    const plan = { ...PLAN, mode: 'isolated' as const, isIsolated: true }
    const { state, actions } = beginDrain(0, plan)
    expect(actions).toEqual([{ kind: 'publish', mode: 'isolated' }])
    const play = { state, actions: [...actions] }
    see(play, 100, { priority: 'fault', routers: [router('fault', 0)], here: [] }, null, plan)
    expect(words(play)).toEqual(['publish isolated', 'confirm', 'isolated'])
  })

  test('to isolate without a daemon is no success, but the order stands', () => {
    const plan = { ...PLAN, mode: 'isolated' as const }
    const play = begin()
    see(play, 10, { priority: 30, ...ELSEWHERE }, null, plan)
    see(play, 20, { priority: 30, ...ELSEWHERE }, null, plan)
    see(play, 30, { priority: 30, ...ELSEWHERE }, PROVEN, plan)
    see(play, 3100, { priority: null, ...ELSEWHERE }, null, plan)
    expect(play.state.phase).toBe('failed')
    expect(words(play)).not.toContain('restore')
  })

  test('puts everything back when nobody takes over', () => {
    const play = begin()
    see(play, 10, { priority: 30, ...HOLDING })
    see(play, 10_010, { priority: 30, ...HOLDING })
    expect(words(play).slice(-2)).toEqual(['restore', 'restored'])
    see(play, 12_000, { priority: 250, ...HOLDING })
    expect(play.state.phase).toBe('failed')
  })

  test('puts everything back when the peers answer no more', () => {
    const play = begin()
    see(play, 10, { priority: 30, ...HOLDING })
    see(play, 300, { priority: 30, ...ELSEWHERE })
    const proof: Proof = { ok: false, why: 's2 does not answer' }
    see(play, 10_300, { priority: 30, ...ELSEWHERE }, proof)
    expect(words(play).slice(-2)).toEqual(['restore', 'restored'])
    see(play, 12_000, { priority: 250, ...ELSEWHERE })
    expect(play.state.phase).toBe('failed')
  })

  test('with --force and nobody else is done soon, and keeps the address as the last resort', () => {
    const plan = { ...PLAN, forced: true, alone: true }
    const play = begin()
    see(play, 10, { priority: 30, ...HOLDING }, null, plan)
    see(play, 1100, { priority: 30, ...HOLDING }, null, plan)
    expect(play.state.phase).toBe('done')
  })

  test('does without keepalived where it may not be asked', () => {
    const play = begin()
    see(play, 10, { priority: 30, routers: null, here: ['one'] })
    see(play, 300, { priority: 30, routers: null, here: [] })
    see(play, 400, { priority: 30, routers: null, here: [] }, PROVEN)
    expect(play.state.phase).toBe('done')
    expect(JSON.stringify(play.actions.at(-2))).toContain('only the addresses were checked')
  })

  test("goes on without a daemon, whose dead man's switch takes the server out", () => {
    const play = begin()
    see(play, 10, { priority: null, ...HOLDING })
    see(play, 3100, { priority: null, ...HOLDING })
    see(play, 3200, { priority: null, ...ELSEWHERE })
    see(play, 3300, { priority: null, ...ELSEWHERE }, PROVEN)
    expect(play.state.phase).toBe('done')
  })

  test('interrupted before the proof it is undone, after it the order stands', () => {
    const play = begin()
    see(play, 10, { priority: 30, ...HOLDING })
    expect(interruptDrain(play.state).actions[0]).toEqual({ kind: 'restore' })
    const isolating: DrainState = { ...play.state, phase: 'isolating' }
    expect(interruptDrain(isolating)).toMatchObject({ state: { phase: 'done' } })
    expect(interruptDrain(isolating).actions.map((action) => action.kind)).toEqual([
      'confirm',
      'tell',
    ])
  })
})

describe('two drains at once', () => {
  const DRAINED = { routers: [router('backup', 30)], here: [] as string[] }

  test('the one that hears only a drained master steps back', () => {
    const play = begin()
    see(play, 10, { priority: 30, ...DRAINED })
    see(play, 100, { priority: 30, ...DRAINED }, PROVEN)
    see(play, 200, { priority: 30, ...DRAINED }, PROVEN)
    see(play, 1300, { priority: 30, ...DRAINED }, PROVEN)
    expect(words(play).slice(-2)).toEqual(['restore', 'restored'])
    // It won the election that followed: it is the one that stays.
    see(play, 2400, { priority: 200, ...HOLDING })
    expect(play.state.phase).toBe('failed')
  })

  test('and drains again when the election that followed was won by another one', () => {
    const play = begin()
    for (const nowMs of [10, 100, 200, 1300]) see(play, nowMs, { priority: 30, ...DRAINED }, PROVEN)
    see(play, 2400, { priority: 200, routers: [router('backup', 250)], here: [] })
    expect(words(play).slice(-2)).toEqual(['again', 'publish drained'])
    expect(play.state).toMatchObject({ phase: 'publishing', attempt: 2 })
  })
})
