// Which job comes next: by needs, by room, by what waits for it.
import { expect, test } from 'bun:test'
import type { Job } from '../../build/testing/job.ts'
import { hopeless, nextJob } from '../../build/testing/schedule.ts'

const TWO = { processors: 2, memoryMib: 4000 }
const NONE: ReadonlySet<string> = new Set()

function job(name: string, rest: Partial<Job> = {}): Job {
  return {
    ...{ name, step: 'lab', command: ['true'], needs: [], kind: 'hosts', processors: 0.5 },
    ...{ memoryMib: 100, seconds: 10, counts: 'exit' },
    ...rest,
  }
}

const next = (waiting: readonly Job[], running: readonly Job[] = [], passed = NONE) =>
  nextJob(waiting, running, passed, TWO)?.name

test('the longest comes first', () => {
  expect(next([job('short'), job('long', { seconds: 90 }), job('middle', { seconds: 50 })])).toBe(
    'long',
  )
})

test('a short one that a long one waits for comes before one that nobody waits for', () => {
  const waiting = [
    job('middle', { seconds: 50 }),
    job('build', { seconds: 5 }),
    job('long', { seconds: 60, needs: ['build'] }),
  ]
  expect(next(waiting)).toBe('build')
})

test('nothing starts before what it needs has passed', () => {
  const waiting = [job('lab', { needs: ['build', 'setup'] })]
  expect(next(waiting)).toBeUndefined()
  expect(next(waiting, [], new Set(['build']))).toBeUndefined()
  expect(next(waiting, [], new Set(['build', 'setup']))).toBe('lab')
})

test('hosts run side by side until the processors are spoken for', () => {
  const running = [1, 2, 3].map((index) => job(`running ${index}`))
  expect(next([job('fourth')], running)).toBe('fourth')
  expect(next([job('fifth')], [...running, job('running 4')])).toBeUndefined()
})

test('what computes has room of its own, as much as there are processors', () => {
  const hosts = [1, 2, 3, 4].map((index) => job(`hosts ${index}`))
  const computes = { kind: 'compute', processors: 1 } as const
  expect(next([job('types', computes)], hosts)).toBe('types')
  const full = [...hosts, job('unit', computes), job('lint', computes)]
  expect(next([job('types', computes)], full)).toBeUndefined()
})

test('memory that is spoken for is not given twice', () => {
  expect(next([job('big', { memoryMib: 3950 })], [job('small')])).toBeUndefined()
})

test('on a machine that is too small for a job it runs alone', () => {
  const huge = job('huge', { memoryMib: 9000, processors: 3 })
  expect(next([huge])).toBe('huge')
  expect(next([huge], [job('small')])).toBeUndefined()
})

test('one at a time holds a lock', () => {
  const apt = { lock: 'apt' }
  expect(next([job('b', apt), job('c', { seconds: 1 })], [job('a', apt)])).toBe('c')
})

test('what needs something that failed is hopeless', () => {
  const waiting = [job('lab', { needs: ['build'] }), job('unit')]
  expect(hopeless(waiting, new Set(['build'])).map(({ name }) => name)).toEqual(['lab'])
})
