// The key locator finds what the TOML parser finds, where it is written.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { KeyPath } from '../../../src/config/text/complaint.ts'
import { findKey, indexKeys } from '../../../src/config/text/locate.ts'
import { makeSource, positionAt } from '../../../src/config/text/source-text.ts'
import { parseToml } from '../parse-toml.ts'

/** "key at line:column, value text" of a path. */
function find(text: string, path: KeyPath): string | null {
  const found = findKey(indexKeys(text), path)
  if (found === null || !found.exact) return null
  const { key, value } = found.node
  const { line, column } = positionAt(makeSource('f', text), key.start)
  const valueText = value === null ? 'no value' : text.slice(value.start, value.end)
  return `${line}:${column} ${text.slice(key.start, key.end)} = ${valueText}`
}

describe('finds', () => {
  const text = [
    'top = 1 # remark = 2',
    '[server]',
    'name = "a#b = [c]" # ]',
    '[ clusters . "rec dns" ]',
    "order_file = '/etc/\\'",
    "a.'b c'.d = { x = 1, y.z = [ 1, { w = 2 }, ], }",
    '[[probe]]',
    'question = """',
    'fake = 1',
    '[fake]',
    '\\""" not yet """',
    '[[probe]]',
    'list = [ # remark ]',
    "  'one', '''two",
    "x = 3''',",
    ']',
    '[probe.sub]',
    'when = 1979-05-27 07:32:00',
  ].join('\n')

  test.each<[KeyPath, string]>([
    [['top'], '1:1 top = 1'],
    [['server'], '2:2 server = no value'],
    [['server', 'name'], '3:1 name = "a#b = [c]"'],
    [['clusters', 'rec dns'], '4:14 "rec dns" = no value'],
    [['clusters', 'rec dns', 'order_file'], "5:1 order_file = '/etc/\\'"],
    [['clusters', 'rec dns', 'a', 'b c', 'd'], '6:9 d = { x = 1, y.z = [ 1, { w = 2 }, ], }'],
    [['clusters', 'rec dns', 'a', 'b c', 'd', 'x'], '6:15 x = 1'],
    [['clusters', 'rec dns', 'a', 'b c', 'd', 'y', 'z'], '6:24 z = [ 1, { w = 2 }, ]'],
    [['clusters', 'rec dns', 'a', 'b c', 'd', 'y', 'z', 1, 'w'], '6:35 w = 2'],
    [['probe', 0], '7:1 [[probe = no value'],
    [['probe', 0, 'question'], '8:1 question = """\nfake = 1\n[fake]\n\\""" not yet """'],
    [['probe', 1, 'list', 0], "14:3 'one' = 'one'"],
    [['probe', 1, 'list', 1], "14:10 '''two\nx = 3''' = '''two\nx = 3'''"],
    [['probe', 1, 'sub', 'when'], '18:1 when = 1979-05-27 07:32:00'],
  ])('%j', (path, expected) => {
    expect(find(text, path)).toBe(expected)
  })

  test('nothing that is only text or a remark', () => {
    expect(find(text, ['fake'])).toBeNull()
    expect(find(text, ['remark'])).toBeNull()
  })

  test('the nearest table that is written down, for a key that is not', () => {
    const found = findKey(indexKeys(text), ['server', 'colour', 'deep'])
    expect([found?.node.name, found?.exact]).toEqual(['server', false])
    expect(findKey(indexKeys(text), ['nothing'])).toBeNull()
  })

  test('what is written again', () => {
    const again = indexKeys('a = 1\n[b]\nc = 1\nc = 2\n[b]\n').repeats
    expect(again.map(({ first, again }) => [first.start, again.start])).toEqual([
      [10, 16],
      [7, 22],
    ])
  })
})

type Tree = { [key: string]: Value }
type Value = string | number | boolean | Value[] | Tree

const keyText = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_-]{1,6}$/),
  fc.string({ minLength: 1, maxLength: 4 }),
)
const scalar = fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.boolean())
const { tree } = fc.letrec<{ tree: Tree; value: Value }>((tie) => ({
  tree: fc.dictionary(keyText, tie('value'), { maxKeys: 4 }),
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    tie('tree'),
  ),
}))

/** How a tree is spelled in TOML is chosen anew for each of its tables. */
type Spelling = 'header' | 'inline' | 'dotted'

function writeToml(root: Tree, spellings: Iterator<Spelling>, quoting: boolean): string {
  const headers: string[] = []
  function table(node: Tree, header: string): string {
    const pairs = Object.entries(node).flatMap(([key, value]) => pair([key], value, header))
    return pairs.map((line) => `${line}\n`).join('')
  }
  function pair(path: string[], value: Value, header: string): string[] {
    const key = path.map(writeKey).join(' . ')
    if (!isTree(value)) {
      const isTables = Array.isArray(value) && value.length > 0 && value.every(isTree)
      if (!isTables || path.length > 1) return [`${key} = ${inline(value)} # x = 1`]
      for (const element of value) section(`[[${header}${key}]]`, element, `${header}${key}.`)
      return []
    }
    const spelling = spellings.next().value
    const members = Object.entries(value)
    if (spelling === 'dotted' && members.length > 0) {
      return members.map(([name, member]) => `${key}.${writeKey(name)} = ${inline(member)}`)
    }
    if (spelling === 'header' && path.length === 1) {
      section(`[ ${header}${key} ]`, value, `${header}${key}.`)
      return []
    }
    return [`${key} = ${inline(value)}`]
  }
  function section(title: string, node: Tree, header: string): void {
    // The place is kept: tables below this one come after it.
    const at = headers.push('') - 1
    headers[at] = `${title}\n${table(node, header)}`
  }
  function writeKey(key: string): string {
    return /^[A-Za-z0-9_-]+$/.test(key) && !quoting ? key : JSON.stringify(key)
  }
  function inline(value: Value): string {
    if (Array.isArray(value)) return `[\n${value.map(inline).join(' , # ]\n ')} ]`
    if (!isTree(value)) return JSON.stringify(value)
    const members = Object.entries(value).map(
      ([key, member]) => `${writeKey(key)}=${inline(member)}`,
    )
    return `{ ${members.join(', ')} }`
  }
  const top = table(root, '')
  return top + headers.join('')
}

function isTree(value: Value): value is Tree {
  return typeof value === 'object' && !Array.isArray(value)
}

function pathsOf(value: unknown, path: KeyPath = []): KeyPath[] {
  if (typeof value !== 'object' || value === null) return [path]
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return [path, ...entries.flatMap(([key, member]) => pathsOf(member, [...path, key]))]
}

function* forever(spellings: readonly Spelling[]): Iterator<Spelling> {
  for (let at = 0; ; at++) yield spellings[at % spellings.length] ?? 'inline'
}

test('every key of generated TOML is found, and every scalar where it is written', () => {
  const spelling = fc.constantFrom<Spelling>('header', 'inline', 'dotted')
  let found = 0
  fc.assert(
    fc.property(
      tree,
      fc.array(spelling, { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      fc.boolean(),
      (root, spellings, quoting, windows) => {
        const unix = writeToml(root, forever(spellings), quoting)
        const text = windows ? unix.replaceAll('\n', '\r\n') : unix
        const document = parseToml(text)
        // The writer must write TOML, or nothing is tested.
        if (document === null) throw new Error(`not TOML:\n${text}`)
        const index = indexKeys(text)
        expect(index.repeats).toEqual([])
        for (const path of pathsOf(document)) {
          if (path.length === 0) continue
          const place = findKey(index, path)
          expect([path, place?.exact]).toEqual([path, true])
          found++
          const value = valueAt(document, path)
          if (typeof value === 'object' || place?.node.value == null) continue
          const { start, end } = place.node.value
          expect(parseToml(`v = ${text.slice(start, end)}`)).toMatchObject({ v: value })
        }
      },
    ),
    { numRuns: 600 },
  )
  expect(found).toBeGreaterThan(1000)
})

function valueAt(document: unknown, path: KeyPath): unknown {
  let value = document
  for (const key of path) value = (value as Record<string | number, unknown>)[key]
  return value
}

test('any text is scanned to its end', () => {
  const soup = fc
    .array(fc.constantFrom(...'[]{}"\'=.,#\n\\ab 1', '"""', "'''"), { maxLength: 60 })
    .map((all) => all.join(''))
  fc.assert(
    fc.property(fc.oneof(soup, fc.string({ unit: 'binary' })), (text) => {
      const nodes = [indexKeys(text).root]
      for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
        nodes.push(...node.children.values())
        for (const span of node.value === null ? [node.key] : [node.key, node.value]) {
          expect(span.start).toBeLessThanOrEqual(span.end)
          expect(span.end).toBeLessThanOrEqual(text.length)
        }
      }
    }),
    { numRuns: 1000 },
  )
})
