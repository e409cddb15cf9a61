// Names of interfaces with more than the name: what the hint says to write is taken when it is written.
import { describe, expect, test } from 'bun:test'
import { readInterface } from '../../src/config/keepalived-table.ts'
import { readInterfacePattern } from '../../src/config/readers.ts'

const NAMES = ['eth0', 'eth0.100', 'enp3s0f1np1', 'br-lan', 'bond0', 'wg0', 'lo', '-x', '*', 'a?']
const SPELLINGS: readonly ((name: string) => string)[] = [
  ...[':1', ':dns', ':0:1', '@if26', '@x', '@', ':', ' ', ': <BROADCAST,UP> mtu 1500'].map(
    (rest) => (name: string) => `${name}${rest}`,
  ),
  ...['2: ', '2:', '17:\t'].flatMap((index) =>
    ['', '@if26', '@if26:', ':', ': <UP>', ':1'].map(
      (rest) => (name: string) => `${index}${name}${rest}`,
    ),
  ),
]

describe.each([
  ['interface', readInterface],
  ['exclude_interfaces', readInterfacePattern],
])('%s', (_, read) => {
  test.each(NAMES)('%j, pasted with more', (name) => {
    for (const text of SPELLINGS.map((spelling) => spelling(name))) {
      const reading = read(text)
      if (reading.ok) throw new Error(`${text} is taken`)
      const plain = read(name)
      // What is refused by itself is refused for its own reason.
      if (!plain.ok) expect(reading).toEqual(plain)
      else expect(reading.complaint.hint).toStartWith(`write "${name}": `)
    }
  })
})

test('the hint tells what the rest is', () => {
  const hint = (text: string) => {
    const reading = readInterface(text)
    return reading.ok ? null : reading.complaint.hint
  }
  expect(hint('2: eth0')).toBe('write "eth0": what stands before the name is its number')
  expect(hint('eth0@if26')).toBe('write "eth0": what follows the name is the interface below it')
  expect(hint('eth0:1')).toBe('write "eth0": what follows the name is a label of an address')
  expect(hint('2: eth0: <UP>')).toBe('write "eth0": what follows the name is no part of it')
  expect(hint('lo:1')).toBe('name the interface by which clients and the other servers come')
})
