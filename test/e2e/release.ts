// What is rolled out: builds as build/build makes them, and broken ones, as executables and as packages.
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { REPOSITORY } from '../lab/namespace.ts'

/** This computer's, as build/build and build/package name it. */
export const ARCH = process.arch === 'arm64' ? 'arm64' : 'x64'
const DEBIAN_ARCH = process.arch === 'arm64' ? 'arm64' : 'amd64'
const EXECUTABLE = `holdfast-linux-${ARCH}`

/** A folder with an executable that calls itself by `commit`, the package of another release if one is given, and SHA256SUMS. */
export async function makeRelease(
  folder: string,
  { commit, packageOf }: { readonly commit: string; readonly packageOf?: string },
): Promise<string> {
  await run([join(REPOSITORY, 'build/build'), '--out', folder, '--arch', ARCH], {
    HOLDFAST_COMMIT: commit,
  })
  if (ARCH === 'x64') renameSync(join(folder, 'holdfast'), join(folder, EXECUTABLE))
  for (const name of ['man', 'completions']) rmSync(join(folder, name), { recursive: true })
  if (packageOf !== undefined) {
    const name = packageIn(packageOf)
    copyFileSync(join(packageOf, name), join(folder, name))
  }
  await sum(folder)
  return folder
}

function packageIn(release: string): string {
  const name = readdirSync(release).find((candidate) => candidate.endsWith(`_${DEBIAN_ARCH}.deb`))
  if (name === undefined) throw new Error(`${release} has no package for ${DEBIAN_ARCH}`)
  return name
}

async function run(command: readonly string[], env: Record<string, string> = {}) {
  const child = Bun.spawn([...command], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    env: { ...process.env, ...env },
  })
  const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited])
  if (code !== 0) throw new Error(`${command.join(' ')}: exit ${code}\n${stderr}`)
}

/** One whose daemon ends at once on one host; all else is what the sound build does. */
export async function makeBrokenRelease(
  folder: string,
  { sound, on }: { readonly sound: string; readonly on: string },
): Promise<string> {
  mkdirSync(folder)
  const ends = `[ "$1" != daemon ] || [ "$(uname -n)" != ${on} ] || exit 3`
  const script = `#!/bin/sh\n${ends}\nexec ${sound} "$@"\n`
  writeFileSync(join(folder, EXECUTABLE), script, { mode: 0o755 })
  await sum(folder)
  return folder
}

/** A package of a later version: its daemon ends at once, and all else is what the sound one does. */
export async function makeBrokenPackage(
  folder: string,
  { sound, version }: { readonly sound: string; readonly version: string },
): Promise<string> {
  mkdirSync(folder)
  const tree = join(folder, 'tree')
  const from = join(sound, packageIn(sound))
  await run(['dpkg-deb', '--raw-extract', from, tree])
  const control = join(tree, 'DEBIAN/control')
  const text = readFileSync(control, 'utf8')
  writeFileSync(control, text.replace(/^Version: .*$/m, `Version: ${version}`))
  mkdirSync(join(tree, 'usr/lib/holdfast'))
  renameSync(join(tree, 'usr/bin/holdfast'), join(tree, 'usr/lib/holdfast/holdfast'))
  const script =
    '[ "$1" != daemon ] || exit 3\nexec "$(dirname "$0")/../lib/holdfast/holdfast" "$@"\n'
  writeFileSync(join(tree, 'usr/bin/holdfast'), `#!/bin/sh\n${script}`, { mode: 0o755 })
  const made = join(folder, `holdfast_${version}_${DEBIAN_ARCH}.deb`)
  await run(['dpkg-deb', '-Znone', '--root-owner-group', '--build', tree, made])
  rmSync(tree, { recursive: true })
  await sum(folder)
  return folder
}

async function sum(folder: string): Promise<void> {
  const lines = await Promise.all(
    readdirSync(folder).map(async (name) => {
      const bytes = await Bun.file(join(folder, name)).bytes()
      return `${new Bun.CryptoHasher('sha256').update(bytes).digest('hex')}  ${name}\n`
    }),
  )
  writeFileSync(join(folder, 'SHA256SUMS'), lines.join(''))
}
