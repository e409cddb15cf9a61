// Bad files, one or more for each error code, their whole messages held to the letter.
// UPDATE=1 rewrites the expected messages.
import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseOrder } from '../../src/config/order-file.ts'
import { parseConfig, parseRenderable } from '../../src/config/parse.ts'
import { ERROR_CODES } from '../../src/config/text/complaint.ts'
import {
  type Diagnostic,
  formatDiagnostics,
  type Parsed,
} from '../../src/config/text/diagnostic.ts'

const TESTDATA = join(import.meta.dir, 'testdata')
/** Too large to keep as files, or about two files at once; other tests have them. */
const CODES_WITHOUT_FILE = ['E_TOO_LARGE', 'E_UNKNOWN_SERVER', 'E_UNLISTED_SERVER']

interface BadFile {
  readonly path: string
  readonly diagnostics: readonly Diagnostic[]
}

function readAll(folder: string, parse: (text: string, file: string) => Parsed<unknown>) {
  return readdirSync(join(TESTDATA, folder))
    .filter((file) => !file.endsWith('.txt'))
    .map((file): BadFile => {
      const parsed = parse(readFileSync(join(TESTDATA, folder, file), 'utf8'), file)
      return { path: `${folder}/${file}`, diagnostics: parsed.ok ? [] : parsed.diagnostics }
    })
}

const badFiles = [
  ...readAll('bad', (text, file) => parseConfig(text, { file, hostname: 'ns1.example.net' })),
  ...readAll('bad-render', (text, file) => parseRenderable(text, { file, hostname: 'ns1' })),
  ...readAll('bad-order', parseOrder),
]

describe('bad files', () => {
  test.each(badFiles)('$path', ({ path, diagnostics }) => {
    const message = `${formatDiagnostics(diagnostics)}\n`
    const expectedPath = join(TESTDATA, path.replace(/\.\w+$/, '.txt'))
    if (process.env.UPDATE === '1') writeFileSync(expectedPath, message)
    expect(message).toBe(readFileSync(expectedPath, 'utf8'))
  })

  test.each(badFiles)('$path has the code it is named after', ({ path, diagnostics }) => {
    const name = path
      .replace(/^.*\/(syntax(?=-))?/, '')
      .replace(/^render-.*/, 'render.toml')
      .replace(/\.\w+$/, '')
    const code = name.startsWith('-') ? 'E_SYNTAX' : `E_${name.replaceAll('-', '_').toUpperCase()}`
    const codes = diagnostics.map((diagnostic) => diagnostic.code)
    expect(codes).toContain(code === 'E_DUPLICATE_TABLE' ? 'E_DUPLICATE_KEY' : code)
  })

  test('every code has a bad file', () => {
    const seen = new Set(badFiles.flatMap((file) => file.diagnostics.map(({ code }) => code)))
    const missing = Object.keys(ERROR_CODES).filter((code) => !seen.has(code))
    expect(missing).toEqual(CODES_WITHOUT_FILE)
  })

  test('every message says what to do', () => {
    const silent = badFiles.flatMap((file) => file.diagnostics.filter(({ hint }) => !hint))
    expect(silent).toEqual([])
  })
})
