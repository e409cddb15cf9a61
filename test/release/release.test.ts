// What build/package makes: every file of a release, summed up, of the same bytes each time.
import { describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { folderForAllTests, temporaryFolder } from '../support/temporary-folder.ts'
import { PACKAGE, RELEASE, ROOT, run } from './made.ts'

const { version } = packageJson
const MAKE_TIMEOUT_MS = 300_000
const folder = folderForAllTests()

const sumOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

describe('a release', () => {
  test('has these files, and the sums of all', () => {
    const names = [
      `holdfast-${version}.cdx.json`,
      `holdfast-dns-${version}.tar.gz`,
      'holdfast-linux-arm64',
      'holdfast-linux-x64',
      `holdfast_${version}_amd64.deb`,
      `holdfast_${version}_arm64.deb`,
    ]
    expect(readdirSync(RELEASE).sort()).toEqual(['SHA256SUMS', ...names])
    const sums = names.map((name) => `${sumOf(join(RELEASE, name))}  ${name}\n`)
    expect(readFileSync(join(RELEASE, 'SHA256SUMS'), 'utf8')).toBe(sums.join(''))
  })

  test(
    'is the same, byte by byte, made elsewhere by somebody else',
    () => {
      const out = join(folder, 'elsewhere')
      const words = ['umask 077; exec "$0" "$@"', PACKAGE, '--out', out, '--arch', process.arch]
      run('sh', ['-c', ...words], { TZ: 'Asia/Tokyo', LC_ALL: 'C', HOME: folder })
      const compared = readdirSync(out).filter((name) => !/SHA256SUMS|\.cdx\.json$/.test(name))
      expect(compared).toHaveLength(3)
      for (const name of compared) {
        const path = join(out, name)
        const mode = name.includes('-linux-') ? 0o755 : 0o644
        const expected = { name, sum: sumOf(join(RELEASE, name)), mode }
        expect({ name, sum: sumOf(path), mode: statSync(path).mode & 0o777 }).toEqual(expected)
      }
      expect(readdirSync(folder).filter((name) => name.startsWith('.package'))).toEqual([])
    },
    MAKE_TIMEOUT_MS,
  )
})

describe('build/package', () => {
  test('explains itself, and refuses what it does not know', () => {
    expect(run(PACKAGE, ['--help'])).toContain('usage: build/package')
    const said = spawnSync(PACKAGE, ['--fast'], { encoding: 'utf8' })
    expect(said.status).toBe(2)
    expect(said.stderr).toBe('build/package: unknown argument --fast; try build/package --help\n')
  })

  test('does not replace a folder that it has not made', () => {
    using precious = temporaryFolder()
    const file = join(precious.path, 'precious')
    run('touch', [file])
    const said = spawnSync(PACKAGE, ['--out', precious.path], { encoding: 'utf8', cwd: ROOT })
    expect(said.status).toBe(1)
    expect(said.stderr).toContain('is no release')
    expect(readdirSync(precious.path)).toEqual(['precious'])
  })
})
