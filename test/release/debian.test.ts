// The Debian packages: what lintian says of them, and what they carry. test/machines installs them.
import { beforeAll, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { folderForAllTests } from '../support/temporary-folder.ts'
import { NATIVE, released, run } from './made.ts'

const LINTIAN_TIMEOUT_MS = 120_000
const folder = folderForAllTests()
const tree = join(folder, 'tree')
beforeAll(() => {
  run('dpkg-deb', ['--extract', released(`_${NATIVE}.deb`), tree])
})

// One of them, for it takes its time, and they differ in the executable alone.
test(
  'lintian has nothing to say',
  () => {
    const options = ['--allow-root', '--fail-on', 'error,warning']
    expect(run('lintian', [...options, released(`_${NATIVE}.deb`)])).toBe('')
  },
  LINTIAN_TIMEOUT_MS,
)

test.each([
  ['amd64', 'linux-x64'],
  ['arm64', 'linux-arm64'],
])('the package for %s carries the executable as it is', (arch, name) => {
  const file = released(`_${arch}.deb`)
  const unpacked = join(folder, arch)
  run('dpkg-deb', ['--extract', file, unpacked])
  run('cmp', [join(unpacked, 'usr/bin/holdfast'), released(`-${name}`)])
  const control = run('dpkg-deb', ['--field', file])
  expect(control).toContain(`Version: ${packageJson.version}\nArchitecture: ${arch}\n`)
})

test('the units run what the package installs', () => {
  const units = join(tree, 'lib/systemd/system')
  const text = readFileSync(join(units, 'holdfast.service'), 'utf8')
  expect(text).toContain('\nExecStart=/usr/bin/holdfast daemon\n')
  for (const name of readdirSync(units))
    expect(readFileSync(join(units, name), 'utf8')).not.toContain('/usr/local')
})

test('manuals, completions, alerts and the licenses of what is in the executable are there', () => {
  const share = join(tree, 'usr/share')
  for (const name of [
    'man/man1/holdfast.1.gz',
    'bash-completion/completions/holdfast',
    'zsh/vendor-completions/_holdfast',
    'fish/vendor_completions.d/holdfast.fish',
    'doc/holdfast/README.md.gz',
    'doc/holdfast/examples/holdfast.rules.yml',
    'doc/holdfast/examples/holdfast.dashboard.json',
  ])
    expect({ name, is: existsSync(join(share, name)) }).toEqual({ name, is: true })
  const licenses = run('zcat', [join(share, 'doc/holdfast/third-party-licenses.gz')])
  for (const [name, version] of Object.entries(packageJson.dependencies))
    expect(licenses).toContain(`\n${name} ${version}\n`)
})
