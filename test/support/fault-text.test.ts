// Faults as text: every kind there and back, and what is wrong with a line that is none.
import { expect, test } from 'bun:test'
import { drawFaults, drawScenario } from '../../src/simulate/fault.ts'
import { createRandom } from '../../src/simulate/random.ts'
import { durationWord, faultText, parseDurationWord, parseFault } from './fault-text.ts'

test('the text of a fault is read as that fault, and written the same again', () => {
  const kinds = new Set<string>()
  for (let seed = 0; seed < 30; seed++) {
    const random = createRandom(`fault text ${seed}`)
    const scenario = drawScenario(String(seed), 4, random)
    for (const { fault } of drawFaults(scenario, 4, 3_600_000, random)) {
      const text = faultText(fault)
      expect(faultText(parseFault(text.split(' ')))).toBe(text)
      kinds.add(fault.kind)
    }
  }
  expect(kinds.size).toBe(16)
})

test('durations are words', () => {
  const words = ['5ms', '1.5s', '90s', '2m', '3h', '1.001s']
  expect(words.map(parseDurationWord)).toEqual([5, 1500, 90_000, 120_000, 10_800_000, 1001])
  expect([5, 1500, 90_000, 120_000, 10_800_000, 1001].map(durationWord)).toEqual(words)
})

test('a line that is no fault is refused with a reason', () => {
  const refused = (text: string) => () => parseFault(text.split(' '))
  expect(refused('explode s1 for 2s')).toThrow('explode is no fault')
  expect(refused('crash x1 for 2s')).toThrow('x1 is no server')
  expect(refused('crash s1')).toThrow('undefined is no duration')
  expect(refused('crash s1 for 2')).toThrow('2 is no duration')
  expect(refused('errors s1 120%')).toThrow('120% is no share in percent')
})
