// keepalived's IPVS half as modelled: what was measured of it in a guest, step by step.
import { describe, expect, test } from 'bun:test'
import { REMOVED } from '../../../src/balancer/pool.ts'
import { createAgenda } from '../../../src/simulate/agenda.ts'
import { createRandom } from '../../../src/simulate/random.ts'
import { createIpvs, HALVES, MAX_APART_MS, maxAppliedMs } from './ipvs.ts'

function createBench(files: Record<string, number>, sorry = false) {
  const agenda = createAgenda()
  const read = new Map(Object.entries(files))
  let now = 0
  const ipvs = createIpvs([{ name: 'dns', backends: ['a', 'b'], sorry }], {
    agenda,
    nowMs: () => now,
    random: createRandom('ipvs'),
    read: (backend) => read.get(backend) ?? null,
    changed() {},
  })
  return {
    ipvs,
    nowMs: () => now,
    isOver: () => agenda.nextMs() === Number.POSITIVE_INFINITY,
    step() {
      now = agenda.nextMs()
      agenda.take()()
    },
    runTo(untilMs: number) {
      while (agenda.nextMs() <= untilMs) this.step()
      now = untilMs
    },
    write(backend: string, weight: number | null) {
      if (weight === null) read.delete(backend)
      else read.set(backend, weight)
      ipvs.fileChanged(backend)
    },
    /** Both halves of both real servers; a dash is not in the table. */
    table: () =>
      HALVES.map((half) =>
        ipvs.isSorry(half, 'dns')
          ? 'sorry'
          : ['a', 'b'].map((text) => ipvs.weight(half, text) ?? '-').join(),
      ).join(' '),
  }
}

describe('keepalived’s IPVS half', () => {
  test('flushes the table at its start, and has what the files say 16 ms later', () => {
    const bench = createBench({ a: 100 })
    bench.ipvs.start()
    expect(bench.table()).toBe('-,- -,-')
    bench.runTo(16)
    expect(bench.table()).toBe('100,0 100,0')
    expect(bench.ipvs.readySinceMs()).toBe(16)
  })

  test('follows a file in UDP and then in TCP, in the times that were measured', () => {
    const bench = createBench({ a: 100, b: 100 })
    bench.ipvs.start()
    bench.runTo(1000)
    const apart: number[] = []
    const whole: number[] = []
    for (let change = 0; change < 400; change++) {
      const writtenMs = bench.nowMs()
      bench.write('a', change % 100)
      bench.step()
      const udpMs = bench.nowMs()
      expect(bench.ipvs.weight('udp', 'a')).toBe(change % 100)
      bench.step()
      expect(bench.ipvs.weight('tcp', 'a')).toBe(change % 100)
      apart.push(bench.nowMs() - udpMs)
      whole.push(bench.nowMs() - writtenMs)
    }
    const median = (all: number[]) => all.toSorted((a, b) => a - b)[200] as number
    expect(median(whole)).toBeWithin(16, 21)
    expect(median(apart)).toBeWithin(5, 9)
    expect(Math.max(...apart)).toBeLessThanOrEqual(MAX_APART_MS)
    expect(Math.max(...whole)).toBeLessThanOrEqual(maxAppliedMs(1))
  })

  test('takes in many changes one after the other, and of one file the last', () => {
    const bench = createBench({ a: 100, b: 100 })
    bench.ipvs.start()
    bench.runTo(1000)
    for (const weight of [1, 2, 3]) bench.write('a', weight)
    bench.write('b', REMOVED)
    bench.runTo(1000 + maxAppliedMs(2))
    expect(bench.table()).toBe('3,- 3,-')
    expect(bench.isOver()).toBe(true)
  })

  test('takes a missing file for 0, and asks the sorry server when nobody weighs anything', () => {
    const without = createBench({ a: 100, b: 0 })
    const with_ = createBench({ a: 100, b: 0 }, true)
    for (const bench of [without, with_]) {
      bench.ipvs.start()
      bench.runTo(1000)
      expect(bench.table()).toBe('100,0 100,0')
      bench.write('a', null)
      bench.runTo(2000)
    }
    expect(without.table()).toBe('0,0 0,0')
    expect(with_.table()).toBe('sorry sorry')
    expect(with_.ipvs.weight('udp', 'b')).toBeNull()
  })

  test('killed, leaves its table or nothing, and follows no file any more', () => {
    for (const leaves of ['table', 'nothing'] as const) {
      const bench = createBench({ a: 100, b: 100 })
      bench.ipvs.start()
      bench.runTo(1000)
      bench.write('a', 0)
      bench.ipvs.die(leaves)
      bench.write('b', 0)
      bench.runTo(3000)
      expect(bench.table()).toBe(leaves === 'table' ? '100,100 100,100' : '-,- -,-')
      expect(bench.ipvs.readySinceMs()).toBeNull()
      bench.ipvs.start()
      bench.runTo(4000)
      expect(bench.table()).toBe('0,0 0,0')
    }
  })

  test('killed between the halves, leaves them different until it is started again', () => {
    const bench = createBench({ a: 100, b: 100 })
    bench.ipvs.start()
    bench.runTo(1000)
    bench.write('a', 0)
    bench.step()
    bench.ipvs.die('table')
    bench.runTo(60_000)
    expect(bench.table()).toBe('0,100 100,100')
    bench.ipvs.start()
    bench.runTo(61_000)
    expect(bench.table()).toBe('0,100 0,100')
  })
})
