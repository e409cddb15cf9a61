// What broken messages come to.
import { describe, expect, test } from 'bun:test'
import { decodeReply } from '../../src/dns/message.ts'
import { hex, withAnswers } from './replies.ts'

function fault(bytes: Uint8Array): string {
  const decoded = decodeReply(bytes)
  if (decoded.ok) throw new Error('it was understood')
  return decoded.why
}

describe('a broken message', () => {
  test.each([
    ['nothing', '', '0 bytes are no DNS message'],
    ['half a header', '1234 8180 0001', '6 bytes are no DNS message'],
    ['two questions', '1234 8180 0002 0000 0000 0000 0000060001 0000060001', 'it has 2 questions'],
    [
      'no question where one is announced',
      '1234 8180 0001 0000 0000 0000',
      'its question cannot be read',
    ],
    ['a cut question', '1234 8180 0001 0000 0000 0000 00 0006 00', 'its question cannot be read'],
    [
      'absurd counts',
      '1234 8180 0000 ffff ffff ffff',
      'it cannot hold the 196605 records that it announces',
    ],
    ['bytes left over', '1234 8180 0001 0000 0000 0000 0000060001 00', '1 bytes are left over'],
  ])('%s', (_, bytes, why) => {
    expect(fault(hex(bytes))).toBe(why)
  })

  test.each([
    ['a pointer to itself', 'c011 0001 0001 00000000 0004 c0000201'],
    ['a pointer forward', 'c013 0001 0001 00000000 0004 c0000201'],
    ['a pointer into the header', 'c002 0001 0001 00000000 0004 c0000201'],
    ['a label of a kind that does not exist', '8061 0001 0001 00000000 0004 c0000201'],
    ['data that is longer than the message', '00 0001 0001 00000000 0005 c0000201'],
  ])('%s', (_, record) => {
    expect(fault(withAnswers(1, record))).toBe('answer 1 cannot be read')
  })

  test.each([
    ['an address of three bytes', '00 0001 0001 00000000 0003 c00002', 'A'],
    ['an address of five bytes', '00 0001 0001 00000000 0005 c000020101', 'A'],
    ['text that is longer than its data', '00 0010 0001 00000000 0003 056162', 'TXT'],
    ['text without a string', '00 0010 0001 00000000 0000', 'TXT'],
    ['a name that is longer than its data', '00 0002 0001 00000000 0002 0161 00', 'NS'],
    ['a name that ends before its data', '00 0002 0001 00000000 0004 0161 00 00', 'NS'],
  ])('%s', (_, record, type) => {
    expect(fault(withAnswers(1, record))).toBe(`the data of answer 1 is not that of type ${type}`)
  })

  test('a name of more than 255 bytes', () => {
    const label = `3f${'61'.repeat(63)}`
    const tail = '0001 0001 00000000 0004 c0000201'
    const most = `${label.repeat(3)} 3d${'61'.repeat(61)} 00`
    const over = `${label.repeat(3)} 3e${'61'.repeat(62)} 00`
    expect(decodeReply(withAnswers(1, most + tail)).ok).toBe(true)
    expect(fault(withAnswers(1, over + tail))).toBe('answer 1 cannot be read')
  })

  test('two OPT records, and one among the answers that must be elsewhere', () => {
    const opt = '00 0029 04d0 00000000 0000'
    expect(fault(hex(`1234 8180 0000 0000 0000 0002 ${opt}${opt}`))).toBe(
      'it has more than one OPT record',
    )
    expect(fault(hex(`1234 8180 0000 0000 0001 0000 ${opt}`))).toBe(
      'its OPT record is out of place',
    )
  })

  test('65536 bytes', () => {
    expect(fault(new Uint8Array(65536))).toBe('it is longer than 65535 bytes')
  })

  test('chains of pointers end after 127 of them, however long the message is', () => {
    const chain = (pointers: number) => {
      // Opaque data full of pointers, each to the one before, the first to the root of the question.
      const data = [0x0c, ...Array.from({ length: pointers }, (_, i) => 28 + 2 * i)]
        .slice(0, pointers)
        .map((target) => (0xc000 | target).toString(16))
        .join('')
      const length = (2 * pointers).toString(16).padStart(4, '0')
      const last = (0xc000 | (28 + 2 * (pointers - 1))).toString(16)
      const first = `00 ff00 0001 00000000 ${length} ${data}`
      return withAnswers(2, `${first} ${last} ff00 0001 00000000 0000`)
    }
    expect(decodeReply(chain(126)).ok).toBe(true)
    expect(fault(chain(127))).toBe('answer 2 cannot be read')
    expect(fault(chain(8000))).toBe('answer 2 cannot be read')
  })
})
