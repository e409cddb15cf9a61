// Faults as text: every kind there and back, and what is wrong with a line that is none.
import { expect, test } from 'bun:test'
import { drawFaults } from '../../src/simulate/fault.ts'
import { createRandom } from '../../src/simulate/random.ts'
import { drawScenario } from '../hunting/servers/draw-faults.ts'
import { durationWord, faultText, parseFault } from './fault-text.ts'

test('the text of a fault is read as that fault, and written the same again', () => {
  const kinds = new Set<string>()
  for (let seed = 0; seed < 30; seed++) {
    const random = createRandom(`fault text ${seed}`)
    const scenario = drawScenario(String(seed), 4, random)
    for (const { fault } of drawFaults(scenario, 4, 600_000, random)) {
      const text = faultText(fault)
      const [read, ...others] = parseFault('5s', text.split(' '))
      expect(others).toEqual([])
      expect(read?.atMs).toBe(5000)
      expect(read && faultText(read.fault)).toBe(text)
      expect(Object.keys(read?.fault ?? {}).sort()).toEqual(Object.keys(fault).sort())
      kinds.add(fault.kind)
    }
  }
  expect(kinds.size).toBe(15)
})

test('durations are to the millisecond', () => {
  expect([5, 1500, 90_000, 120_000, 10_800_000, 1000.6].map(durationWord)).toEqual([
    ...['5ms', '1500ms', '90s', '2m', '3h', '1001ms'],
  ])
})

test('a line that is no fault is refused as a scenario file would be', () => {
  const refused = (text: string) => () => parseFault('5s', text.split(' '))
  expect(refused('explode s1 for 2s')).toThrow('"explode" is not one of crash, freeze')
  expect(refused('crash x1 for 2s')).toThrow('unknown key "x1"')
  expect(refused('crash s1')).toThrow('a fault of kind "crash" needs "for"')
  expect(refused('crash s1 for 2')).toThrow('E_TYPE')
  expect(refused('errors s1 rate 120')).toThrow('120 is out of bounds')
})
