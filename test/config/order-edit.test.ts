// Editing orders: one line changes, all others stay to the letter, and the result is always good.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { editOrder, type OrderEdit, orderLines } from '../../src/config/order-edit.ts'
import { parseOrder } from '../../src/config/order-file.ts'

const ORDER = `# Best first.

ns1
#ns2   its disk is broken
  ns3\t# the spare

# Far away:
ns4`

/** The text after an edit, or why there is none. */
function edited(
  text: string,
  kind: OrderEdit['kind'],
  server: string,
  known: string[] = [],
): string {
  const result = editOrder(text, { kind, server }, known)
  return result.ok ? result.text : `error: ${result.error}`
}

/** The lines that differ, as a diff has them. */
function changes(before: string, after: string): string[] {
  const [old, now] = [before.split('\n'), after.split('\n')]
  return [
    ...old.filter((line) => !now.includes(line)).map((line) => `-${line}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `+${line}`),
  ]
}

describe('an order', () => {
  test('is changed in one line', () => {
    expect(changes(ORDER, edited(ORDER, 'remove', 'ns1'))).toEqual(['-ns1', '+#ns1'])
    const ns3 = ['-  ns3\t# the spare', '+  #ns3\t# the spare']
    expect(changes(ORDER, edited(ORDER, 'remove', 'ns3'))).toEqual(ns3)
    const ns2 = ['-#ns2   its disk is broken', '+ns2   # its disk is broken']
    expect(changes(ORDER, edited(ORDER, 'add', 'ns2'))).toEqual(ns2)
    expect(edited(ORDER, 'add', 'ns5')).toBe(`${ORDER}\nns5`)
  })

  test('keeps its heading above a server that is promoted', () => {
    expect(edited(ORDER, 'promote', 'ns4')).toBe(`# Best first.

ns4
ns1
#ns2   its disk is broken
  ns3\t# the spare

# Far away:`)
  })

  test.each([
    ['promote', 'ns1'],
    ['remove', 'ns2'],
    ['add', 'ns3'],
  ] as const)('that is so already stays as it is: %s %s', (kind, server) => {
    expect(editOrder(ORDER, { kind, server }, [])).toEqual({
      ok: true,
      text: ORDER,
      changed: false,
    })
  })

  test.each([
    ['promote', 'ns2', 'ns2 is commented out; --add it first'],
    ['promote', 'ns9', 'ns9 is not listed (servers: ns1, ns2, ns3, ns4)'],
    ['remove', 'ns9', 'ns9 is not listed (servers: ns1, ns2, ns3, ns4)'],
    ['add', '../x', 'the name "../x" begins with a dot'],
    ['add', 'a\nb', 'the name "a\\nb" has characters that a file name should not'],
  ] as const)('%s %s is refused', (kind, server, why) => {
    expect(edited(ORDER, kind, server)).toBe(`error: ${why}`)
  })

  test('keeps its last server', () => {
    expect(edited('ns1\n#ns2\n', 'remove', 'ns1')).toContain('ns1 is the last server in the order')
  })

  test('takes in no server that the config does not know', () => {
    const known = ['ns1', 'ns2', 'ns3', 'ns4', 'recdns-sby']
    expect(edited(ORDER, 'add', 'recdns-sbx', known)).toContain('did you mean recdns-sby?')
    expect(edited(ORDER, 'add', 'recdns-sby', known)).toBe(`${ORDER}\nrecdns-sby`)
  })

  test.each([
    ['line breaks of Windows', 'ns1\r\n#ns2\r\n', 'ns1\r\nns2\r\n', 'ns1\r\n#ns2\r\nns3\r\n'],
    ['a byte order mark', '\ufeffns1\n#ns2\n', '\ufeffns1\nns2\n', '\ufeffns1\n#ns2\nns3\n'],
    ['no last line break', 'ns1\n#ns2', 'ns1\nns2', 'ns1\n#ns2\nns3'],
  ])('keeps %s', (_, text, withSecond, withThird) => {
    expect(edited(text, 'add', 'ns2')).toBe(withSecond)
    expect(edited(text, 'add', 'ns3')).toBe(withThird)
  })
})

describe('the servers of a file', () => {
  test('are those that are listed and those that were taken out', () => {
    expect(orderLines(ORDER, [])).toEqual([
      { server: 'ns1', listed: true, remark: '' },
      { server: 'ns2', listed: false, remark: 'its disk is broken' },
      { server: 'ns3', listed: true, remark: 'the spare' },
      { server: 'ns4', listed: true, remark: '' },
    ])
  })

  test.each([
    ['# ns2', 'ns2'],
    ['#ns2 # was slow', 'ns2'],
    ['  #  ns2  ', 'ns2'],
    ['# ns2 is slow', undefined],
    ['#', undefined],
    ['', undefined],
  ])('%j', (line, server) => {
    expect(orderLines(line, [])[0]?.server).toBe(server as string)
  })

  test('are told from remarks by the servers that there are', () => {
    const text = '#managed by ansible\nns1\n#ns2\n# DNS\n'
    expect(orderLines(text, ['ns1', 'ns2']).map((orderLine) => orderLine.server)).toEqual([
      'ns1',
      'ns2',
    ])
  })
})

const SERVERS = ['ns1', 'ns2', 'ns3', 'a.b-c_d']
const anyLine = fc.oneof(
  fc.constantFrom(
    ...SERVERS.flatMap((name) => [name, `#${name}`, `  ${name}  # remark`, `# ${name}`]),
  ),
  fc.constantFrom('', '# a remark of words', '\t', '#', '#ns2 some words # more'),
)
const anyEdit = fc.record({
  kind: fc.constantFrom('promote', 'remove', 'add'),
  server: fc.constantFrom(...SERVERS, 'new'),
})

test('any edit of any good order is good, does what it says, and undoes nothing else', () => {
  const anyText = fc
    .tuple(fc.array(anyLine, { minLength: 1, maxLength: 12 }), fc.constantFrom('\n', '\r\n'))
    .map(([lines, lineBreak]) => lines.join(lineBreak))
    .filter((text) => parseOrder(text, 'order').ok)
  fc.assert(
    fc.property(anyText, anyEdit, (text, edit) => {
      const result = editOrder(text, edit, [])
      if (!result.ok) return
      const [before, after] = [text, result.text].map((other) => {
        const parsed = parseOrder(other, 'order')
        if (!parsed.ok) throw new Error(`an edit made this of the order: ${JSON.stringify(other)}`)
        return parsed.value
      })
      const others = (order: readonly string[] = []) =>
        order.filter((other) => other !== edit.server)
      expect(others(after)).toEqual(others(before))
      expect(after?.includes(edit.server)).toBe(edit.kind !== 'remove')
      if (edit.kind === 'promote') expect(after?.[0]).toBe(edit.server)
      const isNew = !orderLines(text, []).some((orderLine) => orderLine.server === edit.server)
      const lines = (other: string) => other.split('\n').length
      expect(lines(result.text) - lines(text)).toBe(isNew ? 1 : 0)
      // What was taken out comes back as it was, but for a remark that has got its "#".
      if (edit.kind !== 'remove' || !result.changed) return
      const back = editOrder(result.text, { kind: 'add', server: edit.server }, [])
      if (!before || back.ok === false) throw new Error('it does not come back')
      const again = parseOrder(back.text, 'order')
      expect(again.ok && new Set(again.value)).toEqual(new Set(before))
    }),
    { numRuns: process.env.HOLDFAST_LONG === '1' ? 20_000 : 1000 },
  )
})
