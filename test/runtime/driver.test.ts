// The driver on clocks and files that a test moves: steps of the wall clock, failing writes, a bug.
import { describe, expect, test } from 'bun:test'
import type { PublishedPriority } from '../../src/core/priority.ts'
import type { StatusDocument } from '../../src/documents/status-document.ts'
import type { TallyDocument } from '../../src/documents/tally-document.ts'
import type {
  Answer,
  Clock,
  History,
  Log,
  ProberQuery,
  Publisher,
  Result,
} from '../../src/ports.ts'
import { createDriver } from '../../src/runtime/driver.ts'
import { testConfig } from '../core/config.ts'
import { local } from '../core/world.ts'

const YEAR_MS = 365.25 * 86_400_000
const OK: Result<void> = { ok: true, value: undefined }
const FULL: Result<void> = { ok: false, error: 'the disk is full' }

/** A machine whose time passes only when a test says so. */
function createMachine() {
  const timers = new Set<{ atMs: number; wake: () => void }>()
  const machine = {
    nowMs: 5000,
    wallMs: Date.parse('2026-01-01T00:00:00Z'),
    suspendedMs: 0,
    full: false,
    answer: { outcome: 'ok', latencyMs: 1 } as Answer,
    asked: [] as ProberQuery[],
    said: [] as string[],
    /** What was published when the history was closed. */
    atClose: [] as (PublishedPriority | number)[],
    statuses: [] as StatusDocument[],
    tallies: [] as TallyDocument[],
    files: new Map<string, PublishedPriority>(),
    /** How many questions had been asked by the time each priority was written. */
    askedBefore: [] as { priority: PublishedPriority; asked: number }[],
    /** Lets time pass, and everything happen in its order. */
    async pass(ms: number): Promise<void> {
      const endMs = machine.nowMs + ms
      for (;;) {
        // Answers are promises: let them arrive before the next timer.
        await new Promise((resolve) => setImmediate(resolve))
        const next = [...timers].sort((a, b) => a.atMs - b.atMs)[0]
        if (next === undefined || next.atMs > endMs) break
        timers.delete(next)
        const stepMs = Math.max(0, next.atMs - machine.nowMs)
        machine.nowMs += stepMs
        machine.wallMs += stepMs
        next.wake()
      }
      machine.wallMs += endMs - machine.nowMs
      machine.nowMs = endMs
    },
  }
  const clock: Clock = {
    nowMs: () => machine.nowMs,
    wallMs: () => machine.wallMs,
    bootMs: () => machine.nowMs + 1_000_000 + machine.suspendedMs,
    bootId: 'this',
    wakeAt(atMs, wake) {
      const timer = { atMs, wake }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  }
  const log: Log = { line: (level, text) => machine.said.push(`${level} ${text}`) }
  const publisher: Publisher = {
    status(text) {
      if (machine.full) return FULL
      machine.statuses.push(JSON.parse(text) as StatusDocument)
      return OK
    },
    tally(text) {
      if (machine.full) return FULL
      machine.tallies.push(JSON.parse(text) as TallyDocument)
      return OK
    },
    priority(instance, priority) {
      if (machine.full) return FULL
      machine.files.set(instance, priority)
      machine.askedBefore.push({ priority, asked: machine.asked.length })
      return OK
    },
    isPublished: (instance, priority) => machine.files.get(instance) === priority,
    retain: () => OK,
  }
  const prober = {
    async ask(query: ProberQuery) {
      machine.asked.push(query)
      return machine.answer
    },
  }
  const history: History = {
    append: () => {},
    flush: () => {},
    close: () => machine.atClose.push(...machine.files.values(), machine.statuses.length),
  }
  const ports = { clock, log, publisher, prober, quorum: null, history }
  const driver = createDriver(testConfig(), ports, {
    version: '0.1.0',
    pid: 1,
    fingerprint: () => 'f1',
    configWallMs: () => 0,
    complaints: () => [],
    reread: () => {},
    onStatus: () => {},
  })
  driver.dispatch({ kind: 'order', nowMs: 5000, cluster: 'recdns', servers: ['s1', 's2'] })
  const addresses = [local('127.0.0.1', 'lo'), local('192.0.2.11')]
  driver.dispatch({ kind: 'addresses', nowMs: 5000, addresses, removed: [] })
  return { machine, driver }
}

const withoutTimes = (status: StatusDocument | undefined) =>
  JSON.stringify(status, (key, value) =>
    ['written_at', 'health_since', 'state_since', 'at', 'since'].includes(key) ? null : value,
  )

describe('the driver', () => {
  test('publishes what it finds, each second anew', async () => {
    const { machine } = createMachine()
    expect(machine.files.get('recdns0')).toBe(10)
    await machine.pass(3500)
    expect(machine.files.get('recdns0')).toBe(250)
    expect(machine.statuses.at(-1)?.health).toBe('healthy')
    const validMs = machine.statuses.at(-1)?.valid_until_boot_ms ?? 0
    expect(validMs).toBeGreaterThan(machine.nowMs + 1_000_000)
  })

  test('steps of the wall clock change nothing but the times that people read', async () => {
    const steady = createMachine()
    const stepping = createMachine()
    for (const years of [40, -80, 0.001, 40]) {
      stepping.machine.wallMs += years * YEAR_MS
      await steady.machine.pass(1700)
      await stepping.machine.pass(1700)
    }
    expect(stepping.machine.asked.length).toBe(steady.machine.asked.length)
    expect(stepping.machine.said).toEqual(steady.machine.said)
    expect(stepping.machine.statuses.map(withoutTimes)).toEqual(
      steady.machine.statuses.map(withoutTimes),
    )
    expect(stepping.machine.statuses.at(-1)?.written_at).not.toBe(
      steady.machine.statuses.at(-1)?.written_at,
    )
  })

  test('publishes what it has counted, every five seconds', async () => {
    const { machine, driver } = createMachine()
    await machine.pass(11_500)
    expect(machine.tallies.map(({ written_boot_ms: atMs }) => atMs - 1_005_000)).toEqual([
      1000, 6000, 11_000,
    ])
    const { boot_id: bootId, tally } = machine.tallies[2] as TallyDocument
    expect(bootId).toBe('this')
    const answered = tally.queries.reduce((sum, { count }) => sum + count, 0)
    expect(answered).toBeGreaterThan(40)
    expect(answered).toBeLessThanOrEqual(machine.asked.length)
    expect(driver.status()).toMatchObject({ health: 'healthy', may_serve: true })
    driver.dispatch({ kind: 'stop', nowMs: machine.nowMs })
    await machine.pass(20_000)
    // One more when it stops, and none after that.
    expect(machine.tallies).toHaveLength(4)
  })

  test('even a wall clock that no calendar knows harms nothing', async () => {
    const { machine } = createMachine()
    machine.wallMs = Number.MAX_VALUE
    await machine.pass(2500)
    expect(machine.statuses.at(-1)).toMatchObject({
      health: 'healthy',
      written_at: 'an unknown time',
    })
  })

  test('complains once of a full disk, and writes all that it owes when there is room', async () => {
    const { machine } = createMachine()
    await machine.pass(1500)
    machine.full = true
    machine.answer = { outcome: 'conn-refused', latencyMs: 0 }
    await machine.pass(5000)
    expect(machine.files.get('recdns0')).toBe(250)
    const complaints = machine.said.filter((line) => line === 'error the disk is full')
    // One for the status, and one for each of two instances.
    expect(complaints.length).toBe(3)
    machine.full = false
    const written = machine.statuses.length
    await machine.pass(1000)
    expect(machine.files.get('recdns0')).toBe(10)
    expect(machine.statuses.length).toBeGreaterThan(written)
    expect(machine.said).toContain('info publishing works again')
  })

  test('puts back a priority that was lost, and says so', async () => {
    const { machine } = createMachine()
    await machine.pass(1500)
    machine.files.set('recdns0', 253)
    machine.files.delete('recdns1')
    await machine.pass(1000)
    expect([...machine.files].sort()).toEqual([
      ['recdns0', 250],
      ['recdns1', 200],
    ])
    const said = machine.said.filter((line) => line.includes('was lost or changed'))
    expect(said.length).toBe(2)
  })

  test.each(['refreshStatus', 'upkeep', 'stop'])(
    'writes nothing healthy after a suspend before it has asked: %s',
    async (by) => {
      const { machine, driver } = createMachine()
      await machine.pass(3500)
      if (by === 'upkeep') {
        machine.full = true
        // As on a full disk: the status is owed.
        driver.refreshStatus()
        machine.full = false
      }
      machine.suspendedMs += 3_600_000
      const written = machine.statuses.length
      expect(driver.status().valid_until_boot_ms).toBeLessThan(
        machine.nowMs + 1_000_000 + 3_600_000,
      )
      if (by === 'refreshStatus') driver.refreshStatus()
      else if (by === 'stop') driver.dispatch({ kind: 'stop', nowMs: machine.nowMs })
      else await machine.pass(600)
      expect(machine.statuses[written]).toMatchObject({ health: 'failed', may_serve: false })
    },
  )

  test('serves by nothing that was asked before a suspend in its first second', async () => {
    const { machine } = createMachine()
    const { length } = machine.asked
    machine.suspendedMs += 3_600_000
    await machine.pass(3500)
    expect(machine.files.get('recdns0')).toBe(250)
    for (const { priority, asked } of machine.askedBefore)
      if (priority !== 10) expect(asked).toBeGreaterThanOrEqual(2 * length)
  })

  test('writes no lost priority again after a suspend before it has asked', async () => {
    const { machine } = createMachine()
    // Looking after the files is next, before any question.
    await machine.pass(3999)
    machine.files.clear()
    machine.askedBefore.length = 0
    machine.suspendedMs += 3_600_000
    await machine.pass(3500)
    expect(machine.files.get('recdns0')).toBe(250)
    expect(machine.askedBefore[0]?.priority).toBe(10)
  })

  test('takes no tick of the clock since boot for a suspend', async () => {
    const { machine, driver } = createMachine()
    await machine.pass(3500)
    const untilMs = machine.statuses.at(-1)?.valid_until_boot_ms ?? 0
    machine.suspendedMs += untilMs - (machine.nowMs + 1_000_000) + 10
    driver.refreshStatus()
    expect(machine.statuses.at(-1)).toMatchObject({ health: 'healthy' })
    expect(machine.said.join()).not.toContain('lapse')
  })

  test('stops for good, with the lowest priority', async () => {
    const { machine, driver } = createMachine()
    await machine.pass(1500)
    driver.dispatch({ kind: 'stop', nowMs: machine.nowMs })
    expect([...machine.files.values()]).toEqual(['lowest', 'lowest'])
    const { asked, statuses } = machine
    const before = [asked.length, statuses.length]
    // The history may have to wait for its disk.
    expect(machine.atClose).toEqual(['lowest', 'lowest', statuses.length])
    driver.refreshStatus()
    await machine.pass(60_000)
    expect([asked.length, statuses.length]).toEqual(before)
    expect(statuses.at(-1)).toMatchObject({
      may_serve: false,
      flap: { next_cycle_ms: null, cycle_mode: 'waiting' },
    })
  })

  test('stops with the lowest priority after a bug in the middle of an event, too', async () => {
    const { machine, driver } = createMachine()
    await machine.pass(1500)
    const broken = { kind: 'addresses', nowMs: machine.nowMs, addresses: null, removed: [] }
    expect(() => driver.dispatch(broken as never)).toThrow()
    driver.dispatch({ kind: 'stop', nowMs: machine.nowMs })
    expect([...machine.files.values()]).toEqual(['lowest', 'lowest'])
  })
})
