// The keys that hints name for keepalived's words and for what people try: each is one that there is.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseConfig } from '../../src/config/parse.ts'
import { CLUSTER, CONTEXT } from './parsing.ts'

const ROOT = join(import.meta.dir, '../..')

/** "write KEY under [TABLE]", with or without a value. */
const HINT = /write ([a-z_]+)(?: = [^[]*)? under \[([a-z]+)\]/g

const HINTED = ['src/config/keepalived/words.ts', 'src/config/text/tried-keys.ts'].flatMap((path) =>
  [...readFileSync(join(ROOT, path), 'utf8').matchAll(HINT)].map(([, key = '', table = '']) => {
    return { key, table }
  }),
)

test.each(HINTED)('[$table] has a key $key', ({ key, table }) => {
  const parsed = parseConfig(`${CLUSTER}[${table}]\n${key} = { none = 1 }\n`, CONTEXT)
  const codes = parsed.ok ? [] : parsed.diagnostics.map(({ code }) => code)
  expect(codes).not.toBeEmpty()
  expect(codes.filter((code) => code.startsWith('E_UNKNOWN'))).toEqual([])
})

test('hints are found', () => {
  expect(HINTED.length).toBeGreaterThan(10)
})
