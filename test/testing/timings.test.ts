// What a run notes of its files, and how a lab is planned by that.
import { expect, test } from 'bun:test'
import type { Job, Result } from '../../build/testing/job.ts'
import { hostsJob } from '../../build/testing/steps.ts'
import { readTimings, timingsAfter, writeTimings } from '../../build/testing/timings.ts'

const LAB = 'test/lab/one.test.ts'

function result(job: Pick<Job, 'name' | 'step'>, rest: Partial<Result>): Result {
  return {
    job: {
      ...{ ...job, command: ['true'], needs: [], kind: 'hosts', counts: 'junit' },
      ...{ processors: 1, memoryMib: 1, seconds: 1 },
    },
    ...{ counts: { passed: 1, failed: 0, skipped: 0 }, cases: [], files: new Map() },
    ...{ startedS: 0, tookS: 10, processorS: 5, stdout: '', stderr: '' },
    ...rest,
  }
}

test('a file has its seconds, one of the lab its processors too, and what did not run stays', () => {
  const known = readTimings(`{
    "test/lab/one.test.ts": 3,
    "test/lab/other.test.ts": { "seconds": 8, "processors": 0.5 },
    "test/core/short.test.ts": 2
  }`)
  const files = new Map([
    ['test/core/long.test.ts', 2.4],
    ['test/core/short.test.ts', 0.2],
  ])
  const results = [
    result({ name: LAB, step: 'lab' }, { tookS: 20.4, processorS: 17 }),
    result({ name: `${LAB} (trixie)`, step: 'lab' }, {}),
    result({ name: 'test/machines/one.test.ts', step: 'machines' }, {}),
    result({ name: 'unit tests alone', step: 'unit' }, { files }),
    result({ name: 'types', step: 'types' }, {}),
  ]
  const text = writeTimings(timingsAfter(results, known))
  expect(text).toBe(`{
  "test/core/long.test.ts": 2,
  "test/lab/one.test.ts": { "seconds": 20, "processors": 0.83 },
  "test/lab/other.test.ts": { "seconds": 8, "processors": 0.5 },
  "test/machines/one.test.ts": 10
}
`)
  expect(writeTimings(readTimings(text))).toBe(text)
})

test('a lab is planned with what it was seen to take, and never with less than any lab', () => {
  const planned = (timing: string) => {
    const { processors, seconds } = hostsJob('lab', LAB, readTimings(`{ ${timing} }`))
    return { processors, seconds }
  }
  const unknown = planned('')
  expect(planned(`"${LAB}": 70`)).toEqual({ ...unknown, seconds: 70 })
  expect(planned(`"${LAB}": { "seconds": 70, "processors": 1.2 }`)).toEqual({
    processors: 1.2,
    seconds: 70,
  })
  expect(planned(`"${LAB}": { "seconds": 70, "processors": 0.1 }`)).toEqual({
    ...unknown,
    seconds: 70,
  })
})
