// Order files: what they mean, and what is refused so that the last good one stays.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { MAX_ORDER_BYTES, MAX_ORDER_LINES, parseOrder } from '../../src/config/order-file.ts'
import { isSameServer } from '../../src/config/values/name.ts'

function read(text: string): readonly string[] {
  const parsed = parseOrder(text, 'order/recdns')
  return parsed.ok ? parsed.value : parsed.diagnostics.map((d) => `${d.line}:${d.column} ${d.code}`)
}

describe('order files', () => {
  test('one server a line, best first; remarks, blanks and Windows line ends mean nothing', () => {
    const text =
      '\ufeff# best first\r\n\r\nns1\r\n  ns2   # the spare\r\n#ns3\r\nns4#new\r\n\tns5.b_c-d'
    expect(read(text)).toEqual(['ns1', 'ns2', 'ns4', 'ns5.b_c-d'])
  })

  test.each([
    ['', '1:1 E_EMPTY_ORDER'],
    ['# ns1\n\n', '1:1 E_EMPTY_ORDER'],
    ['ns1 ns2\n', '1:1 E_NAME'],
    ['ns1\n  n/s\n', '2:3 E_NAME'],
    ['ns1\n\nns1 # again\n', '3:1 E_DUPLICATE_SERVER'],
    ['ns1\n\0\n', '2:1 E_BINARY'],
    ['ns1\nn\ufffds\n', '2:2 E_ENCODING'],
  ])('%j is refused', (text, expected) => {
    expect(read(text)).toEqual([expected])
  })

  test('a file that is no order is refused for its size', () => {
    expect(read(`ns1\n${'#'.repeat(MAX_ORDER_BYTES)}`)).toEqual(['1:1 E_TOO_LARGE'])
    expect(read(`ns1${'\n'.repeat(MAX_ORDER_LINES)}ns2`)).toEqual(['1001:1 E_TOO_LARGE'])
  })

  test('the limits are inclusive', () => {
    expect(read(`ns1\n${'#'.repeat(MAX_ORDER_BYTES - 4)}`)).toEqual(['ns1'])
    const names = Array.from({ length: MAX_ORDER_LINES }, (_, index) => `ns${index}`)
    expect(read(`${names.join('\n')}\n`)).toEqual(names)
  })

  test('all errors of a file at once', () => {
    expect(read('.a\nb c\nd\nd\n')).toEqual(['1:1 E_NAME', '2:1 E_NAME', '4:1 E_DUPLICATE_SERVER'])
  })

  test('any list of names survives, whatever stands around it', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}$/)
    const around = fc.constantFrom('', ' ', '\t', ' # remark', '#', '\r')
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, comparator: isSameServer }),
        around,
        (names, after) => {
          expect(read(names.map((each) => `${each}${after}\n# ${each}\n`).join('\n'))).toEqual(
            names,
          )
        },
      ),
    )
  })

  test('any text is answered, never with an empty order', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(read(text).length).toBeGreaterThan(0)
      }),
    )
  })
})
