// Replays: a recorded life on the same core comes out as recorded, and otherwise with other parameters.
import { describe, expect, test } from 'bun:test'
import { ownConfig, ownTable } from '../../src/balancer/quorum.ts'
import type { Config, FlapConfig } from '../../src/config/config.ts'
import { probeFor } from '../../src/config/probe-table.ts'
import { parseSettings } from '../../src/config/settings.ts'
import { factsOf } from '../../src/core/facts-of.ts'
import type { RecordedConfig } from '../../src/documents/history-lines.ts'
import { type Life, parseHistory } from '../../src/documents/lives.ts'
import { createRecorder } from '../../src/observers/recorder.ts'
import { drawFaults, type Scenario } from '../../src/simulate/fault.ts'
import { holdfastPolicy } from '../../src/simulate/holdfast.ts'
import { createRandom } from '../../src/simulate/random.ts'
import { recordedTurns, replayLife, type Turn } from '../../src/simulate/replay.ts'
import { changedConfig } from '../../src/simulate/replay-settings.ts'
import { findScenario } from '../../src/simulate/scenarios.ts'
import { createWorld } from '../../src/simulate/world.ts'
import { testConfig } from '../core/config.ts'
import { createWorld as createCoreWorld, local } from '../core/world.ts'
import { poolConfig } from '../runtime/pool-world.ts'

const HOUR_MS = 3_600_000

/** TTLs are not recorded, so a replay cannot know what the cache had of other names. */
const NEW_NAMES = ['com', 'net', 'org'].map((zone) => probeFor(`{random}.example.${zone} A`))

/** What the daemon of server 1 writes in a scenario. */
function record(
  scenario: Scenario,
  hours: number,
  config: Config = testConfig({ upstream: { probes: NEW_NAMES } }),
): string[] {
  const lines: string[] = []
  const recorder = createRecorder(
    { ...config, server: { name: 's1' } },
    { append: (added) => lines.push(...added), flush() {}, close() {} },
    0,
    () => Date.UTC(2026, 0, 1),
  )
  const random = createRandom(`record ${scenario.name}`)
  const endMs = hours * HOUR_MS
  // A daemon that dies begins a life of its own; here there is to be one.
  const faults = drawFaults(scenario, 3, endMs, random).filter(
    ({ fault }) => fault.kind !== 'daemon-death',
  )
  const world = createWorld({
    config,
    policy: holdfastPolicy(config, {
      observe: (server, event, step) => {
        if (server === 0) recorder.observe(event, step, () => factsOf(step.state))
      },
    }),
    servers: 3,
    faults,
    random,
    endMs,
    fromMs: 0,
    vrrp: { version: 3, advertMs: 100 },
  })
  world.run(endMs)
  return lines
}

function scenarioOf(name: string, point = 0): Scenario {
  const scenario = findScenario(name)?.points[point]?.scenario
  if (scenario === undefined) throw new Error(`no scenario ${name}`)
  return scenario
}

function onlyLife(lines: readonly string[]): Life {
  const { lives, skipped } = parseHistory(lines.join('\n'))
  expect(skipped).toBe(0)
  expect(lives).toHaveLength(1)
  return lives[0] as Life
}

const same = (config: RecordedConfig) => config
const withFlap = (flap: Partial<FlapConfig>) => (config: RecordedConfig) => ({
  ...config,
  flap: { ...config.flap, ...flap },
})

function serverStates(turns: readonly Turn[]): string {
  return turns.map(({ state: serverState }) => serverState).join(' ')
}

describe('a replay with the recorded parameters', () => {
  const cases: readonly (readonly [name: string, point: number])[] = [
    ['crash', 0],
    ['freeze-one', 0],
    ['link-flaps', 0],
    ['lost-socket', 0],
    ['upstream', 0],
    ['mixed', 0],
    ['curve', 3],
    ['curve', 6],
    ['curve-bursts', 4],
    ['bad-server', 0],
  ]
  test.each([...cases])('has the serverStates of %s as recorded, and soon after', (name, point) => {
    const life = onlyLife(record(scenarioOf(name, point), 1))
    const recorded = recordedTurns(life)
    const replayed = replayLife(life, same)
    expect(recorded.length).toBeGreaterThan(1)
    expect(serverStates(replayed)).toBe(serverStates(recorded))
  })

  test('keeps step with timers that are late', () => {
    const life = onlyLife(record(scenarioOf('crash'), 1, testConfig()))
    const late = stretched(life, 1.003)
    const recorded = recordedTurns(late)
    const replayed = replayLife(late, same)
    expect(serverStates(replayed)).toBe(serverStates(recorded))
    for (const [index, { atMs }] of recorded.entries())
      expect(Math.abs((replayed[index]?.atMs ?? 0) - atMs)).toBeLessThan(1000)
  })
})

describe('the life of a load balancer', () => {
  const config = poolConfig(['ns1', 'ns2'])
  const lines: string[] = []
  const world = createCoreWorld(ownConfig(config, config.balancer))
  const append = (added: readonly string[]) => void lines.push(...added)
  const history = { append, flush() {}, close() {} }
  const recorder = createRecorder(world.state.config, history, 0, () => 0)
  world.observe = (event, step) => recorder.observe(event, step, () => factsOf(step.state))
  world.order(['s1', 's2'])
  const table = { addresses: [local('192.0.2.53')], removed: [] }
  world.setAddresses([...ownTable(table, config, config.balancer).addresses])
  world.runUntil(60_000)
  world.behaviour = () => ({ outcome: 'no-quorum', latencyMs: 0 })
  world.runUntil(120_000)
  world.behaviour = () => ({ outcome: 'ok', latencyMs: 0 })
  world.runUntil(600_000)

  test('is written with its count of real servers as a question, as older daemons did', () => {
    const services = {
      ...{ name: 'services', kind: 'required', transports: ['udp'], timeoutMs: 1000 },
      probes: [
        {
          question: { name: 'real', type: 'servers', class: 'IN' },
          expect: { rcode: 'NOERROR', flags: [], contains: [], minAnswers: 0 },
        },
      ],
    }
    expect(lines[0]).toContain(`"groups":[${JSON.stringify(services)}]`)
  })

  test('is replayed', () => {
    const life = onlyLife(lines)
    expect(serverStates(recordedTurns(life))).toContain('healthy failed')
    expect(serverStates(replayLife(life, same))).toBe(serverStates(recordedTurns(life)))
  })
})

/** The same life on a machine whose every wait takes longer by a factor. */
function stretched(life: Life, factor: number): Life {
  const lines = life.lines.map((line) => {
    const copy: Record<string, unknown> = { ...line }
    for (const key of ['nowMs', 'askedMs', 'beforeMs', 'startedMs'])
      if (typeof copy[key] === 'number') copy[key] = copy[key] * factor
    return copy as unknown as typeof line
  })
  return { ...life, lines, endMs: life.endMs * factor }
}

describe('a replay with other parameters', () => {
  const life = onlyLife(record(scenarioOf('curve-one', 8), 1, testConfig()))

  test('is not what was recorded', () => {
    const recorded = recordedTurns(life)
    const slow = replayLife(life, withFlap({ rise: 10 }))
    expect(slow).not.toEqual(recorded)
  })

  test('without probation gives the rank back at once', () => {
    const turns = replayLife(life, withFlap({ failbackDelayMs: 0, failbackDelayMaxMs: 0 }))
    expect(turns.some(({ state: serverState }) => serverState === 'probation')).toBe(false)
    const healthy = (all: readonly Turn[]) =>
      all.filter(({ state: serverState }) => serverState === 'healthy')
    expect(healthy(turns).length).toBeGreaterThan(healthy(recordedTurns(life)).length)
  })

  test('is the same each time', () => {
    const change = withFlap({ rise: 5 })
    expect(replayLife(life, change)).toEqual(replayLife(life, change))
  })
})

describe('settings of a replay', () => {
  const base = onlyLife(record(scenarioOf('crash'), 0.05)).start.config
  const changed = (text: string) => {
    const settings = parseSettings(text)
    if (!settings.ok) throw new Error(settings.complaint.text)
    return changedConfig(base, settings.value)
  }

  test('change what they name and nothing else', () => {
    const result = changed(
      'flap.backoff_hold=2s,flap.rise=7,timing.retries=0,addresses.new_address_grace=3s',
    )
    expect(result).toEqual({
      ok: true,
      value: {
        ...base,
        flap: { ...base.flap, backoffHoldMs: 2000, rise: 7 },
        timing: { ...base.timing, retries: 0 },
        addresses: { ...base.addresses, newAddressGraceMs: 3000 },
      },
    })
    expect(changed('flap.rise=3')).toEqual({ ok: true, value: base })
  })

  test.each([
    ['flap.backoff_hold=2', 'expected a duration such as "1s", got integer 2'],
    ['flap.rise=0', '0 is out of range: 1 to 100'],
    ['flap.rise_holder=9', 'rise_holder is 9, more than rise (3)'],
    ['flap.holdown=2s', 'there is no key flap.holdown to change'],
    ['paths.run_dir="/x"', 'there is no key paths.run_dir to change'],
  ])('are judged as those of a file: %s', (text, complaint) => {
    const result = changed(text)
    expect(result.ok ? '' : result.complaint.text).toStartWith(complaint)
  })

  test.each(['', 'flap', '=1', 'flap=1', 'flap.rise', 'a.__proto__.b=1'])(
    '"%s" is no setting',
    (text) => {
      expect(parseSettings(text).ok).toBe(false)
    },
  )
})

describe('reading a history', () => {
  const lines = record(scenarioOf('crash'), 0.5)

  test('finds why a server was worth less, and nothing where it was well', () => {
    const serverStates = parseHistory(lines.join('\n')).lives.flatMap((life) =>
      life.lines.filter((line) => line.kind === 'state'),
    )
    const reasonsOf = (worth: string) =>
      serverStates
        .filter(({ state: serverState }) => serverState === worth)
        .map(({ reasons = [] }) => reasons)
    expect(reasonsOf('failed').length).toBeGreaterThan(1)
    for (const reasons of reasonsOf('failed'))
      expect(reasons.join()).toMatch(/refused|first check cycle/)
    for (const reasons of reasonsOf('healthy')) expect(reasons).toEqual([])
  })

  test('passes over what is damaged, and says how much', () => {
    const damaged = [
      '{"kind":"sta',
      ...lines.slice(0, 5),
      '[1,2',
      'null',
      '[]',
      '{"kind":"order","nowMs":"x"}',
      '["result",1,2,3]',
      '["result",1,0,3,null,1e9,"ok",1]',
      '{"kind":"result","nowMs":1}',
      ...lines.slice(5),
    ]
    const { lives, skipped } = parseHistory(damaged.join('\n'))
    expect(skipped).toBe(8)
    expect(lives).toEqual(parseHistory(lines.join('\n')).lives)
  })

  test('without its beginning has no life, and does not stumble', () => {
    expect(parseHistory(lines.slice(1).join('\n'))).toMatchObject({
      lives: [],
      skipped: lines.length - 1,
    })
    expect(parseHistory('')).toEqual({ lives: [], skipped: 0, unknownVersion: null })
  })

  test('of a later version says so', () => {
    const later = lines.map((line) => line.replace('"version":1', '"version":2'))
    expect(parseHistory(later.join('\n'))).toMatchObject({ lives: [], unknownVersion: 2 })
  })

  test('begins a new life after a restart and after a gap', () => {
    const restarted = [...lines, ...lines]
    expect(parseHistory(restarted.join('\n')).lives).toHaveLength(2)
    expect(
      parseHistory([...lines, '{"kind":"lost","lines":3}', lines[3] ?? ''].join('\n')),
    ).toMatchObject({
      skipped: 1,
    })
  })
})
