// What a check finds, once for each host, and when it is silent because another one explains it.
import { expect, test } from 'bun:test'
import { type DoctorCheck, type Finding, ok, skip, trouble } from '../../src/doctor/doctor-check.ts'
import { explanationOf, findingOf } from '../../src/doctor/finding.ts'
import { emptyHost } from './host.ts'

const FOUND = trouble('it is broken', ['line 1'], ['mend it'])

function check(
  code: string,
  run: DoctorCheck['run'],
  explainedBy: readonly DoctorCheck[] = [],
): DoctorCheck {
  return { title: 'All is well', code, category: 'bind', severity: 'fail', run, explainedBy }
}

const crashed = check('H401', () => Promise.reject(new Error('no')))
const well = check('H402', () => ok('well'))
const skipped = check('H403', () => skip('not here'))
const broken = check('H404', () => FOUND)
const silent = check('H405', () => FOUND, [broken])

const found = (finding: Finding, ...explainedBy: readonly DoctorCheck[]) =>
  findingOf(
    emptyHost(),
    check('H499', () => finding, explainedBy),
  )

test('trouble is silent where a check that explains it has some', async () => {
  expect(await found(FOUND, well, broken)).toEqual(skip('because of H404'))
  expect(await found(FOUND)).toEqual(FOUND)
})

test('what is well, skipped, silent itself or has crashed explains nothing', async () => {
  expect(await found(FOUND, crashed, well, skipped, silent)).toEqual(FOUND)
})

test('what is no trouble stays as it is, and nobody is asked to explain it', async () => {
  let asked = 0
  const counted = check('H404', () => {
    asked++
    return FOUND
  })
  expect(await found(ok('well'), counted)).toEqual(ok('well'))
  expect(await found(skip('not here'), counted)).toEqual(skip('not here'))
  expect(asked).toBe(0)
})

test('the first in the list that explains is named, whichever ends first', async () => {
  const last = Promise.withResolvers<Finding>()
  const slow = check('H406', () => last.promise)
  const explained = explanationOf(emptyHost(), [crashed, slow, broken])
  last.resolve(FOUND)
  expect(await explained).toBe('H406')
})

test('a check looks once for each host, whoever asks', async () => {
  let looked = 0
  const counted = check('H404', () => {
    looked++
    return FOUND
  })
  const host = emptyHost()
  const asking = [
    check('H406', () => FOUND, [counted]),
    counted,
    check('H407', () => FOUND, [counted]),
  ]
  const kinds = (await Promise.all(asking.map((entry) => findingOf(host, entry)))).map(
    ({ kind }) => kind,
  )
  expect(kinds).toEqual(['skip', 'trouble', 'skip'])
  expect(looked).toBe(1)
  await findingOf(emptyHost(), counted)
  expect(looked).toBe(2)
})
