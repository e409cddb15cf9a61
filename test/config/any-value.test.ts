// A value of any type, at any key that the page documents: an error with its place, or a configuration.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLUSTER, errors } from './parsing.ts'

const PAGE = readFileSync(join(import.meta.dir, '../../docs/reference/configuration.md'), 'utf8')

/** Sections such as ## `[timing]` or ## `[checks.NAME]`, with the keys of their tables. */
const SECTIONS = [...PAGE.matchAll(/^#+ `\[([\w.]+)\]`.*\n([\s\S]*?)(?=^#)/gm)].map(
  ([, table = '', text = '']) => {
    const keys = [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, key = '']) => key)
    return { table: table.replaceAll(/\b[A-Z]+\b/g, 'x'), keys }
  },
)

const VALUES = [
  ...['1', '-1', '1.5', 'nan', 'true', '""', '"x"', '"::"', '1979-05-27', '07:32:00'],
  ...['[]', '[1]', '["x"]', '[{}]', '{}', '{ none = 1 }', '{ constructor = {} }'],
]

test.each(SECTIONS)('in [$table]', ({ table, keys }) => {
  for (const key of keys)
    for (const value of VALUES) {
      const found = errors(`${CLUSTER}[${table}]\n${key} = ${value}\n`)
      for (const error of found) expect(error).toMatch(/^\d+:\d+ E_\w+$/)
    }
})

test('the page has sections and keys', () => {
  expect(SECTIONS.length).toBeGreaterThan(10)
  expect(SECTIONS.flatMap(({ keys }) => keys).length).toBeGreaterThan(80)
})
