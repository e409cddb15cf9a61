// `holdfast doctor` from its arguments to its exit code; what it finds is for the lab to show.
import { describe, expect, test } from 'bun:test'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseTar } from 'nanotar'
import { CHECKS } from '../../../src/doctor/checks.ts'
import { CATEGORIES } from '../../../src/doctor/doctor-check.ts'
import { aboutOf } from '../../../src/doctor/manual.ts'
import type { CheckResult } from '../../../src/doctor/results.ts'
import { holdfast } from '../../support/recorder.ts'
import { folderForAllTests } from '../../support/temporary-folder.ts'

const folder = folderForAllTests()

const [FIRST, SECOND] = CHECKS
if (FIRST === undefined || SECOND === undefined) throw new Error('there are no checks')

describe('usage', () => {
  test.each([
    [['--only'], '--only needs a CODE'],
    [['--only', 'H9x9'], 'unknown check "H9x9"'],
    [['--skip', 'netwrk'], 'did you mean network?'],
    [['--explain', 'bnid'], 'did you mean bind?'],
    [['--jsn'], 'did you mean --json?'],
    [['--list', '--bundle', 'x'], 'use only one of --list and --bundle'],
    [['--bundle', 'x', '--json'], 'use only one of --bundle and --json'],
    [['--json', '--explain', 'H101'], 'use only one of --explain and --json'],
    [['--only', 'bind', '--explain', 'H101'], 'use only one of --explain and --only'],
    [['-v', '--quiet'], 'use only one of --quiet and --verbose'],
    [['-q'], 'unknown flag -q'],
    [['-quiet'], 'unknown flag -quiet'],
    [['-v', '--verbose'], '--verbose is given twice'],
    [['stray'], 'unexpected argument "stray"'],
  ])('%j is wrong', async (argv, message) => {
    const { code, out, err } = await holdfast('doctor', ...argv)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(message)
  })

  test('codes are parted by spaces, commas and flags alike', async () => {
    const codes = [FIRST.code, SECOND.code]
    const listed = async (...argv: readonly string[]) => {
      const { out } = await holdfast('doctor', '--list', '--json', ...argv)
      return (JSON.parse(out).checks as readonly { code: string }[]).map((check) => check.code)
    }
    expect(await listed('--only', ...codes)).toEqual(codes)
    expect(await listed(`--only=${codes.join(',')}`)).toEqual(codes)
    expect(await listed('--only', FIRST.code, '--only', SECOND.code)).toEqual(codes)
    expect(await listed('--skip', FIRST.code)).not.toContain(FIRST.code)
    expect(await listed()).toEqual(CHECKS.map(({ code }) => code))
  })
})

test('--explain tells why', async () => {
  const { code, out } = await holdfast('doctor', '--explain', FIRST.code.toLowerCase())
  expect(code).toBe(0)
  expect(out).toStartWith(`${FIRST.code} (${FIRST.category}, `)
  expect(out.replaceAll('\n', ' ')).toContain(aboutOf(FIRST)[0]?.slice(0, 40) ?? '')
})

describe('a run on this machine', () => {
  test('says the same to people and to programs', async () => {
    const config = join(folder, 'none.toml')
    const json = await holdfast('doctor', '--json', '--config', config)
    const document = JSON.parse(json.out)
    expect(document).toMatchObject({ format: 1, server: null })
    expect(document.results.map((result: { code: string }) => result.code)).toEqual(
      CHECKS.map(({ code }) => code),
    )
    const crashes = document.results.filter(
      (result: { outcome: { kind: string } }) => result.outcome.kind === 'crash',
    )
    expect(crashes).toEqual([])
    const { out, err, code } = await holdfast('doctor', '-v', '--config', config)
    expect({ err, code }).toEqual({ err: '', code: json.code })
    for (const { code } of CHECKS) expect(out).toContain(code)
    expect(out).not.toContain('\u001b')
    const brief = await holdfast('doctor', '--config', config)
    expect({ err: brief.err, code: brief.code }).toEqual({ err: '', code: json.code })
    for (const category of CATEGORIES)
      expect(brief.out).toMatch(new RegExp(`^\\w+ +${category} `, 'm'))
    const { results } = document as { results: readonly CheckResult[] }
    expect(brief.out.match(/^(?:FAIL|WARN) {2}H\d{3}/gm)?.map((head) => head.slice(6))).toEqual(
      ['fail', 'warn'].flatMap((kind) =>
        results.filter(({ outcome }) => outcome.kind === kind).map((result) => result.code),
      ),
    )
  }, 60_000)

  test('tells programs of troubles alone where they want no more', async () => {
    const config = join(folder, 'none.toml')
    const asked = ['doctor', '--json', '--quiet', '--only', 'H101', 'H102', '--config', config]
    const document = JSON.parse((await holdfast(...asked)).out)
    expect(document.results).toMatchObject([{ code: 'H101', outcome: { kind: 'fail' } }])
    expect(document.summary).toMatchObject({ fail: 1, skip: 1 })
  })
})

describe('--bundle', () => {
  const bundle = (path: string) =>
    holdfast(
      'doctor',
      '--bundle',
      path,
      '--only',
      FIRST.code,
      '--config',
      join(folder, 'none.toml'),
    )

  test('writes a tar for its owner alone', async () => {
    const path = join(folder, 'new.tar')
    const { code, out } = await bundle(path)
    expect({ code, out }).toEqual({ code: 0, out: '' })
    expect(statSync(path).mode & 0o7777).toBe(0o600)
    const names = parseTar(new Uint8Array(readFileSync(path))).map(({ name }) => name)
    const inside = names.map((name) => name.replace(/^holdfast-doctor-[^/]+\//, ''))
    expect(inside[0]).toBe('README.txt')
    for (const name of ['doctor.txt', 'doctor.json', 'network/addresses', 'host/os-release'])
      expect(inside).toContain(name)
    const listing = Bun.spawnSync(['tar', 'tf', path])
    expect(listing.stderr.toString()).toBe('')
    expect(listing.stdout.toString().trim().split('\n')).toEqual(names)
  }, 60_000)

  test('compresses what is named so', async () => {
    const path = join(folder, 'new.tar.gz')
    expect((await bundle(path)).code).toBe(0)
    expect(Bun.spawnSync(['tar', 'tzf', path]).stdout.toString()).toContain('/doctor.json\n')
  }, 60_000)

  test('on a full disk behind standard output says so', () => {
    const main = join(import.meta.dir, '../../../src/main.ts')
    const command = '"$0" "$1" doctor --bundle - --only H101 >/dev/full'
    const ran = Bun.spawnSync(['sh', '-c', command, process.execPath, main])
    expect(ran.exitCode).toBe(3)
    expect(ran.stderr.toString()).toContain('cannot write to standard output: ENOSPC')
  }, 60_000)

  test('overwrites nothing', async () => {
    const path = join(folder, 'old.tar')
    writeFileSync(path, 'precious')
    const { code, err } = await bundle(path)
    expect(code).toBe(3)
    expect(err).toContain('is there already')
    expect(readFileSync(path, 'utf8')).toBe('precious')
    expect((await bundle(join(folder, 'no', 'where.tar'))).code).toBe(3)
  })
})
