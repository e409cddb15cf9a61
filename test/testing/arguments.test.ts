// The command line of build/test, and runs that repeat.
import { expect, test } from 'bun:test'
import { parseArguments } from '../../build/testing/arguments.ts'
import type { Result } from '../../build/testing/job.ts'
import { STEPS } from '../../build/testing/job.ts'
import { failureLines, repeated } from '../../build/testing/repeat.ts'
import { jobsOf } from '../../build/testing/steps.ts'

test.each([
  ['', { steps: [...STEPS], words: [], repeat: 1 }],
  ['--only types lint', { steps: ['setup', 'types', 'lint'] }],
  [
    '--skip e2e lab --long',
    { steps: STEPS.filter((step) => step !== 'e2e' && step !== 'lab'), long: true },
  ],
  ['unit test/core', { steps: ['setup', 'unit'], words: ['test/core'] }],
  ['unit damper -t falls --watch', { pattern: 'falls', watch: true }],
  ['--repeat 20 test/lab/demo.test.ts', { repeat: 20, words: ['test/lab/demo.test.ts'] }],
])('build/test %s', (line, expected) => {
  expect(parseArguments(line.split(' ').filter((word) => word !== ''))).toMatchObject(expected)
})

test.each([
  ['units', 'units is no step; name the step whose files you mean before it'],
  ['--fast', 'unknown argument --fast'],
  ['--repeat 0 a', '--repeat takes a number from 1 to 9999, not 0'],
  ['--repeat 5', '--repeat needs the files to repeat'],
  ['--watch', '--watch and -t need a step'],
  ['unit -t', '-t needs a value'],
])('build/test %s: %s', (line, why) => {
  expect(parseArguments(line.split(' '))).toBe(why)
})

test('every test file is in one job, some in another for Debian 13, and every need is a job', () => {
  const jobs = jobsOf(STEPS)
  const once = jobs.filter(({ name }) => !name.endsWith('(trixie)'))
  const files = once.flatMap(({ command }) => command.filter((text) => text.endsWith('.test.ts')))
  const there = [...new Bun.Glob('test/**/*.test.ts').scanSync('.')].map((text) => `./${text}`)
  expect(files.toSorted()).toEqual(there.toSorted())
  const names = new Set(jobs.map(({ name }) => name))
  expect(names.size).toBe(jobs.length)
  expect(
    jobs
      .flatMap(({ needs }) => needs)
      .filter((text) => !names.has(text) && !text.startsWith('images') && text !== 'guest'),
  ).toEqual([])
})

test('files are repeated with what they need, and nothing else is made for them', () => {
  const jobs = repeated(jobsOf(STEPS, ['test/lab/demo']), 2)
  expect(jobs.map(({ name }) => name)).toEqual([
    'setup build',
    'setup lab',
    'build',
    'test/lab/demo.test.ts (1 of 2)',
    'test/lab/demo.test.ts (2 of 2)',
  ])
})

test('a batch is repeated file by file, and each test is counted', () => {
  const jobs = repeated(jobsOf(['unit'], ['test/testing/junit', 'test/testing/sched']), 3)
  expect(jobs).toHaveLength(6)
  const [job] = jobs
  if (job === undefined) throw new Error('there is no job')
  const resultOf = (outcome: 'passed' | 'failed'): Result => ({
    job,
    counts: { passed: 0, failed: outcome === 'failed' ? 1 : 0, skipped: 0 },
    cases: [{ file: 'a.test.ts', line: 3, name: 'now and then', outcome }],
    files: new Map(),
    ...{ startedS: 0, tookS: 1, processorS: 1, stdout: '', stderr: '' },
  })
  expect(
    failureLines(['passed', 'failed', 'passed'].map((text) => resultOf(text as 'passed'))),
  ).toEqual(['failed 1 of 3  a.test.ts:3 now and then'])
})
