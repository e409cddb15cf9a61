// No page, help, message or task has a word of the list in avoided.ts.
import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { scan } from '../architecture/scan.ts'
import { ROOT, withoutCode } from '../docs/markdown.ts'
import { AVOIDED } from './avoided.ts'

/** What people read, by kind, and how to come to its sentences: a text whose lines are those of the file. */
const KINDS: readonly {
  readonly what: string
  readonly globs: readonly string[]
  readonly read: (text: string) => string
}[] = [
  {
    what: 'pages',
    globs: ['*.md', 'docs/**/*.md', 'roles/**/*.md', 'packaging/**/*.md', 'inventory/**/*.md'],
    read: withoutCode,
  },
  {
    what: 'the manual of the doctor, and heads of generated pages',
    globs: ['src/**/*.md', 'build/**/*.md.in'],
    read: withoutCode,
  },
  { what: 'help and messages', globs: ['src/**/*.ts'], read: sentencesOf },
  { what: 'names of tasks', globs: ['*.yml', 'roles/**/*.yml'], read: namesOf },
  {
    what: 'alerts, units and packages',
    globs: ['monitoring/*.rules.yml', 'roles/*/files/*', 'packaging/debian/control'],
    read: (text) => text,
  },
]

/** It names what was called otherwise. */
const EXCEPT = new Set(['CHANGELOG.md'])

describe('words that are avoided', () => {
  for (const { what, globs, read } of KINDS)
    test(`are not in ${what}`, () => {
      const paths = globs.flatMap((glob) => [...new Bun.Glob(glob).scanSync(ROOT)])
      expect(paths.length).toBeGreaterThan(0)
      const wanted = paths.filter((path) => !EXCEPT.has(path)).sort()
      expect(
        wanted.flatMap((path) => avoidedIn(path, read(readFileSync(join(ROOT, path), 'utf8')))),
      ).toEqual([])
    })

  test('are found as words, in a sentence and not in code', () => {
    const page = 'It stands in the file.\n`verdict` is a field.\n```\nanew\n```\nRenewed, shears.'
    expect(avoidedIn('page.md', withoutCode(page))).toEqual([
      'page.md:1: "stands in": a thing is somewhere, it does not stand there; write: is in, see',
    ])
    const code = "import x from './sweep.ts'\nconst y = 'sweep'\nsay(`it was\\nmended`)"
    expect(avoidedIn('code.ts', sentencesOf(code))).toEqual([
      'code.ts:1: "mended": archaic; write: fix',
    ])
    expect(
      avoidedIn('tasks.yml', namesOf('- name: Lay it down\n  file: { mend: 1 }')),
    ).toHaveLength(1)
  })
})

function avoidedIn(path: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) =>
    AVOIDED.flatMap(({ pattern, because, write }) => {
      const found = pattern.exec(line)?.[0]
      return found === undefined
        ? []
        : [`${path}:${index + 1}: "${found}": ${because}; write: ${write}`]
    }),
  )
}

/** Strings of several words, one a line: a single word is a key, a name or a value. */
function sentencesOf(source: string): string {
  const texts = scan(source).texts.map((text) =>
    text.replaceAll(/\\n|\n/g, ' ').replaceAll('`', ''),
  )
  return texts.filter((text) => /\S\s+\S/.test(text)).join('\n')
}

function namesOf(text: string): string {
  const lines = text.split('\n')
  return lines.map((line) => /^\s*(?:- )?name: (.*)$/.exec(line)?.[1] ?? '').join('\n')
}
