// The release that build/package has made, in HOLDFAST_RELEASE or dist/release, for tests of what is in it.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dir, '../..')
export const PACKAGE = join(ROOT, 'build/package')
export const RELEASE = process.env.HOLDFAST_RELEASE ?? join(ROOT, 'dist/release')

/** This computer, as Debian names it. */
export const NATIVE = process.arch === 'x64' ? 'amd64' : 'arm64'

/** The path of the one file of the release whose name ends like this. */
export function released(end: string): string {
  const names = readdirSync(RELEASE).filter((name) => name.endsWith(end))
  const [name] = names
  if (name === undefined || names.length > 1)
    throw new Error(`${RELEASE} has ${names.length} files like *${end}: run build/package`)
  return join(RELEASE, name)
}

/** The output of a program; fails with what it complained about. */
export function run(
  program: string,
  words: readonly string[],
  env: Record<string, string> = {},
): string {
  const options = { cwd: ROOT, env: { ...process.env, ...env }, encoding: 'utf8' } as const
  const { status, stdout, stderr } = spawnSync(program, words, options)
  if (status === 0) return stdout
  throw new Error(`${program} ${words.join(' ')}: exit ${status}\n${stdout}${stderr}`)
}
