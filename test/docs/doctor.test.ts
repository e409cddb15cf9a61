// The doctor's manual is what its checks say, and every check has what operators and scripts rely on.
import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ansiblePage, ROLES, roleReadme } from '../../build/documentation/ansible-page.ts'
import { commandsPage } from '../../build/documentation/commands-page.ts'
import { doctorPage } from '../../build/documentation/doctor-page.ts'
import { CHECKS } from '../../src/doctor/checks.ts'
import { CATEGORIES } from '../../src/doctor/doctor-check.ts'
import { aboutOf, manualPage } from '../../src/doctor/manual.ts'
import { anchorsOf, ROOT, readPage } from './markdown.ts'

const CODES = CHECKS.map(({ code }) => code)

test.each([
  ['docs/reference/doctor.md', doctorPage],
  ['docs/reference/ansible.md', ansiblePage],
  ['docs/reference/commands.md', commandsPage],
  ...ROLES.map((role) => [`roles/${role}/README.md`, () => roleReadme(role)] as const),
] as const)('%s is what build/docs writes', (path, page) => {
  expect(readPage(path)).toBe(page())
})

describe('every check', () => {
  test('has a code of its own, in the hundred of its category', () => {
    expect(CODES.toSorted()).toEqual([...new Set(CODES)].toSorted())
    for (const { code, category } of CHECKS)
      expect(code).toMatch(new RegExp(`^H${CATEGORIES.indexOf(category) + 1}\\d\\d$`))
  })

  test('has a title of at most 60 characters, without a full stop, and says what it is about', () => {
    for (const check of CHECKS) {
      const { code, title } = check
      const about = aboutOf(check)
      expect({ code, title }).toEqual({ code, title: expect.stringMatching(/^\S.{8,58}[^.\s]$/) })
      expect({ code, count: about.length }).not.toEqual({ code, count: 0 })
      for (const text of about)
        expect({ code, text }).toEqual({ code, text: expect.stringMatching(/^\S[^\n]{8,}[.:)]$/) })
    }
  })

  test('is explained in sentences of at most 30 words', () => {
    // H139 lists the variables that it looks for.
    const texts = CHECKS.filter(({ code }) => code !== 'H139').flatMap((check) => aboutOf(check))
    const sentences = texts.flatMap((text) => text.split(/(?<=[.:?!])\s+/))
    expect(sentences.filter((sentence) => sentence.split(/\s+/).length > 30)).toEqual([])
  })

  test('has its section in the file of its category, and each section its check, in one order', () => {
    for (const category of CATEGORIES) {
      const codes = CHECKS.filter((check) => check.category === category).map(({ code }) => code)
      expect([...manualPage(category).sections.keys()]).toEqual(codes)
    }
  })

  test('has a section with an anchor that its title has no part in', () => {
    const anchors = anchorsOf(readPage('docs/reference/doctor.md'))
    expect(CODES.filter((code) => !anchors.has(code.toLowerCase()))).toEqual([])
  })

  test('is broken on a real host by a test that begins with its code', () => {
    const files = ['test/lab/doctor', 'test/machines', 'test/balancers/doctor'].flatMap((folder) =>
      [...new Bun.Glob('**/*.test.ts').scanSync(join(ROOT, folder))].map((text) =>
        join(folder, text),
      ),
    )
    const names = files.flatMap((file) => [
      ...readFileSync(join(ROOT, file), 'utf8').matchAll(/['"`](H\d{3}(?:, H\d{3})*): /g),
    ])
    const proven = new Set(names.flatMap(([, codes = '']) => codes.split(', ')))
    expect(CODES.filter((code) => !proven.has(code))).toEqual([])
  })
})
