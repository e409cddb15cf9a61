// The arithmetic behind "moves", "no holder" and "two holders", and the reading of `ip monitor`.
import { expect, test } from 'bun:test'
import { type HoldingChange, measureHolding } from './holding.ts'
import { parseChange } from './observer.ts'

const ADDRESS = '192.0.2.53'

function change(atMs: number, text: string): HoldingChange {
  return { atMs, server: text.slice(1), address: ADDRESS, holds: text.startsWith('+') }
}

test('a gap between two holders is time with no holder, and one move', () => {
  const changes = [change(0, '+s1'), change(100, '-s1'), change(130, '+s2')]
  expect(measureHolding(changes, ADDRESS, 50, 200)).toEqual({
    moves: 1,
    noneMs: 30,
    twoMs: 0,
    holders: ['s2'],
  })
})

test('an overlap is time with two holders, and one move', () => {
  const changes = [change(0, '+s1'), change(100, '+s2'), change(107, '-s1')]
  expect(measureHolding(changes, ADDRESS, 50, 200)).toEqual({
    moves: 1,
    noneMs: 0,
    twoMs: 7,
    holders: ['s2'],
  })
})

test('an address that goes and comes back to the same server has not moved', () => {
  const changes = [change(0, '+s1'), change(100, '-s1'), change(110, '+s1')]
  const { moves, noneMs } = measureHolding(changes, ADDRESS, 50, 200)
  expect({ moves, noneMs }).toEqual({ moves: 0, noneMs: 10 })
})

test('an address that visits a second server and leaves it again has not moved', () => {
  const changes = [change(0, '+s1'), change(100, '+s2'), change(110, '-s2')]
  const { moves, twoMs, holders } = measureHolding(changes, ADDRESS, 50, 200)
  expect({ moves, twoMs, holders }).toEqual({ moves: 0, twoMs: 10, holders: ['s1'] })
})

test('a move after such a visit counts, though the visitor was the last to gain the address', () => {
  const visit = [change(0, '+s1'), change(10, '+s2'), change(20, '-s2')]
  const changes = [...visit, change(100, '+s2'), change(105, '-s1')]
  expect(measureHolding(changes, ADDRESS, 50, 200).moves).toBe(1)
})

test('what happened outside of the window counts only for who held the address', () => {
  const changes = [change(0, '+s1'), change(10, '-s1'), change(20, '+s2'), change(300, '-s2')]
  expect(measureHolding(changes, ADDRESS, 50, 200)).toEqual({
    moves: 0,
    noneMs: 0,
    twoMs: 0,
    holders: ['s2'],
  })
})

test('an address that nobody has is without a holder for the whole window', () => {
  expect(measureHolding([], ADDRESS, 50, 200).noneMs).toBe(150)
})

test('lines of ip monitor become changes; loopback and other lines do not', () => {
  const line =
    '[2026-11-21T20:55:27.372123] 2: eth0    inet 192.0.2.53/24 scope global secondary eth0'
  const atMs = Date.parse('2026-11-21T20:55:27.372Z')
  expect(parseChange('s1', line)).toEqual({ atMs, server: 's1', address: ADDRESS, holds: true })
  expect(parseChange('s1', line.replace('] 2:', '] Deleted 2:'))?.holds).toBe(false)
  expect(parseChange('s1', line.replace('eth0', 'lo'))).toBeNull()
  expect(parseChange('s1', 'Cannot open netlink socket')).toBeNull()
})
