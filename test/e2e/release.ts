// What is rolled out: builds as build/build makes them, and broken ones.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { REPOSITORY } from '../lab/namespace.ts'

const ARCH = process.arch === 'arm64' ? 'arm64' : 'x64'
export const EXECUTABLE = `holdfast-linux-${ARCH}`

/** A folder with an executable that calls itself by `commit`, and SHA256SUMS. */
export async function makeRelease(folder: string, commit: string): Promise<string> {
  await run('build/build', folder, { HOLDFAST_COMMIT: commit })
  if (ARCH === 'x64') renameSync(join(folder, 'holdfast'), join(folder, EXECUTABLE))
  await sum(folder)
  return folder
}

/** A whole release, packages included. */
export async function makePackages(folder: string): Promise<string> {
  await run('build/package', folder)
  return folder
}

async function run(program: string, folder: string, env: Record<string, string> = {}) {
  const child = Bun.spawn([join(REPOSITORY, program), '--out', folder, '--arch', ARCH], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    env: { ...process.env, ...env },
  })
  const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited])
  if (code !== 0) throw new Error(`${program}: exit ${code}\n${stderr}`)
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

async function sum(folder: string): Promise<void> {
  const bytes = await Bun.file(join(folder, EXECUTABLE)).bytes()
  const digest = new Bun.CryptoHasher('sha256').update(bytes).digest('hex')
  writeFileSync(join(folder, 'SHA256SUMS'), `${digest}  ${EXECUTABLE}\n`)
}
