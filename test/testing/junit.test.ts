// The report of a real run of bun test.
import { expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readReport } from '../../build/testing/junit.ts'
import { folderForAllTests } from '../support/temporary-folder.ts'

const folder = folderForAllTests()

const TESTS = `import { describe, expect, test } from 'bun:test'
test('one passes', () => {})
describe('two', () => {
  test('fails with <marks> & "quotes"', () => expect('<failure>').toBe("<skipped"))
})
test.skip('is skipped', () => {})
`

test('counts, names and places are those of the run', () => {
  const report = join(folder, 'report.xml')
  writeFileSync(join(folder, 'some.test.ts'), TESTS)
  const run = [process.execPath, 'test', './some.test.ts']
  Bun.spawnSync([...run, '--reporter=junit', `--reporter-outfile=${report}`], { cwd: folder })
  const { counts, cases, files } = readReport(readFileSync(report, 'utf8'))
  expect(counts).toEqual({ passed: 1, failed: 1, skipped: 1 })
  expect(cases.map(({ name, line, outcome }) => [name, line, outcome])).toEqual([
    ['one passes', 2, 'passed'],
    ['two > fails with <marks> & "quotes"', 4, 'failed'],
    ['is skipped', 6, 'skipped'],
  ])
  expect([...files.keys()]).toEqual(['some.test.ts'])
})

test('no report has no tests', () => {
  expect(readReport('').counts).toEqual({ passed: 0, failed: 0, skipped: 0 })
})
