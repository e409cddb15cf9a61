// No check waits for itself: two that ask each other would wait until the run ends, and crash.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { scan } from '../architecture/scan.ts'

const SRC = join(import.meta.dir, '../../src/doctor')

/**
 * The checks of a file that its own declarations lead back to. Between files no circle of imports is
 * allowed, so that only checks of one file can ask each other.
 */
function circlesIn(text: string): readonly string[] {
  const blocks = scan(text).code.split(/^(?=(?:export |async |const |function |interface |type ))/m)
  const bodies = new Map(
    blocks.flatMap((block) => {
      const [, name, rest] = /(?:const|function\*?) (\w+)([\s\S]*)/.exec(block) ?? []
      return name === undefined || rest === undefined ? [] : [[name, rest] as const]
    }),
  )
  const named = (body: string) => (body.match(/\b\w+\b/g) ?? []).filter((word) => bodies.has(word))
  const reached = (name: string) => {
    const found = new Set(named(bodies.get(name) ?? ''))
    for (const next of found) for (const word of named(bodies.get(next) ?? '')) found.add(word)
    return found
  }
  const checks = [...bodies].filter(([, body]) => /^ = \w+Check\(/.test(body))
  return checks.map(([name]) => name).filter((name) => reached(name).has(name))
}

test('no file has checks that ask each other', () => {
  const paths = [...new Bun.Glob('**/*.ts').scanSync(SRC)]
  expect(paths.length).toBeGreaterThan(50)
  const circles = paths.flatMap((path) => circlesIn(readFileSync(join(SRC, path), 'utf8')))
  expect(circles).toEqual([])
})

test('checks that ask each other are found, through functions and facts as well', () => {
  const text = `
export const A = bindCheck({ explainedBy: [], judge: (_, host) => asked(host) })
const asked = fact(async (host) => findingOf(host, B))
export const B = bindCheck({
  judge() {
    return later()
  },
})
function later() {
  return explanationOf([A])
}
export const C = bindCheck({ explainedBy: [A, B] })
`
  expect(circlesIn(text)).toEqual(['A', 'B'])
})
