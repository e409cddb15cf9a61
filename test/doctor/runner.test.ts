// The runner: order, limits, crashes, and what it all comes to.

import { describe, expect, test } from 'bun:test'
import { choose } from '../../src/doctor/catalogue.ts'
import { type DoctorCheck, type Finding, ok, skip, trouble } from '../../src/doctor/doctor-check.ts'
import { exitCodeOf, summaryOf } from '../../src/doctor/results.ts'
import { type RunOptions, startChecks } from '../../src/doctor/runner.ts'
import { emptyHost } from './host.ts'

function check(
  code: string,
  run: DoctorCheck['run'],
  more: Partial<DoctorCheck> = {},
): DoctorCheck {
  return {
    ...{ code, category: 'bind', title: 'All is well', severity: 'fail' },
    ...{ run, ...more },
  }
}

const POOL =
  '[clusters.p]\norder_file = "/o"\n[clusters.p.instances.i]\naddresses = ["192.0.2.53/24"]\n'
const FOUND = trouble('it is broken', ['line 1'], ['mend it'])
const never = () => new Promise<Finding>(() => {})

const outcomesOf = async (checks: readonly DoctorCheck[], options?: RunOptions) => {
  const run = startChecks(checks, emptyHost(), options)
  return (await run.results).map(({ code, outcome }) => [code, outcome.kind])
}

describe('a run', () => {
  test('tells results in the order of the checks, whichever ends first', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const told: string[] = []
    const checks = [
      check('H401', () => held.then(() => ok('at last'))),
      check('H402', () => ok('at once')),
      check('H403', () => skip('not here')),
    ]
    const run = startChecks(checks, emptyHost(), { onResult: ({ code }) => told.push(code) })
    await Bun.sleep(10)
    expect(told).toEqual([])
    expect(run.running().map(({ code }) => code)).toEqual(['H401'])
    release()
    await run.results
    expect(told).toEqual(['H401', 'H402', 'H403'])
    expect(run.running()).toEqual([])
  })

  test('gives trouble the weight of its check', async () => {
    const checks = [check('H401', () => FOUND), check('H402', () => FOUND, { severity: 'warn' })]
    expect(await outcomesOf(checks)).toEqual([
      ['H401', 'fail'],
      ['H402', 'warn'],
    ])
  })

  test('goes on after a check that throws, rejects, or never ends', async () => {
    const checks = [
      check('H401', () => {
        throw new TypeError('undefined is no function\nat somewhere')
      }),
      check('H402', () => Promise.reject(new Error('no'))),
      check('H403', never),
      check('H404', () => ok('well')),
    ]
    const results = await startChecks(checks, emptyHost(), { limitMs: 20 }).results
    expect(results.map(({ outcome }) => outcome)).toEqual([
      { kind: 'crash', why: 'TypeError: undefined is no function' },
      { kind: 'crash', why: 'Error: no' },
      { kind: 'crash', why: 'not finished after 20 ms' },
      { kind: 'ok', seen: 'well' },
    ])
  })

  test('ends when its time is over, whatever still waits', async () => {
    const checks = ['H401', 'H402', 'H403'].map((code) => check(code, never))
    const run = startChecks(checks, emptyHost(), { maxAtOnce: 1, limitMs: 30 })
    expect((await run.results).map(({ outcome }) => outcome)).toEqual([
      { kind: 'crash', why: 'not finished after 30 ms' },
      { kind: 'crash', why: 'not run: the time limit was reached' },
      { kind: 'crash', why: 'not run: the time limit was reached' },
    ])
  })

  test('begins with those that take seconds, and tells all in their order', async () => {
    const begun: string[] = []
    const noted = (code: string, more?: Partial<DoctorCheck>) => {
      const note = () => {
        begun.push(code)
        return ok('well')
      }
      return check(code, note, more)
    }
    const long = { takesSeconds: true } as const
    const checks = [noted('H401'), noted('H402', long), noted('H403'), noted('H404', long)]
    const told = await outcomesOf(checks, { maxAtOnce: 1 })
    expect(begun).toEqual(['H402', 'H404', 'H401', 'H403'])
    expect(told.map(([code]) => code)).toEqual(['H401', 'H402', 'H403', 'H404'])
  })

  test('of more checks than may run at once runs them all', async () => {
    let now = 0
    let highest = 0
    const checks = Array.from({ length: 9 }, (_, index) =>
      check(`H${401 + index}`, async () => {
        now += 1
        highest = Math.max(highest, now)
        await Bun.sleep(1)
        now -= 1
        return ok('well')
      }),
    )
    expect(await outcomesOf(checks, { maxAtOnce: 3 })).toHaveLength(9)
    expect(highest).toBe(3)
  })
})

test('failures count more than what is not known, and that more than warnings', () => {
  const code = (...kinds: readonly ('ok' | 'warn' | 'fail' | 'skip' | 'crash')[]) => {
    const result = { code: 'H1', category: 'bind', title: '', tookMs: 0 } as const
    const outcome = { what: '', why: '', seen: '', evidence: [], remedy: [] }
    return exitCodeOf(
      summaryOf(kinds.map((kind) => ({ ...result, outcome: { ...outcome, kind } }))),
    )
  }
  expect(code('ok', 'skip')).toBe(0)
  expect(code('ok', 'warn')).toBe(1)
  expect(code('warn', 'crash')).toBe(3)
  expect(code('fail', 'crash', 'warn')).toBe(2)
})

describe('the choice', () => {
  const checks = [
    check('H101', () => FOUND, { category: 'holdfast' }),
    check('H401', () => FOUND),
    check('H402', () => FOUND),
  ]
  const chosen = (only: readonly string[], skipped: readonly string[] = []) => {
    const choice = choose(checks, only, skipped)
    return choice.ok ? choice.checks.map(({ code }) => code) : choice.error
  }

  test('is by code and by category, in any case', () => {
    expect(chosen([])).toEqual(['H101', 'H401', 'H402'])
    expect(chosen(['h402', 'Holdfast'])).toEqual(['H101', 'H402'])
    expect(chosen(['bind'], ['H401'])).toEqual(['H402'])
    expect(chosen([], ['bind'])).toEqual(['H101'])
  })

  test('of what is not there is refused', () => {
    expect(chosen(['bnid'])).toBe('unknown check "bnid"; did you mean bind?')
    expect(chosen([], ['zzz'])).toBe('unknown check "zzz"; see "holdfast doctor --list"')
    expect(chosen(['H401'], ['bind'])).toBe('no check is left after --only and --skip')
  })
})

test('a title names the directories of this host', async () => {
  const titled = check('H162', () => ok(''), { title: 'RUN_DIR and STATE_DIR have room' })
  const [result] = await startChecks([titled], emptyHost()).results
  expect(result?.title).toBe('/run/holdfast and /var/lib/holdfast have room')
  const toml = '[server]\nname = "s1"\n[paths]\nrun_dir = "/srv/run"\nstate_dir = "/srv/state"\n'
  const host = emptyHost({ text: () => ({ ok: true, value: `${toml}${POOL}` }) })
  const [moved] = await startChecks([titled], host).results
  expect(moved?.title).toBe('/srv/run and /srv/state have room')
})
