// The file systems that machines boot from, and servers of the lab take their programs from.
import { join } from 'node:path'
import { succeed } from '../lab/inside.ts'
import { REPOSITORY } from '../lab/namespace.ts'

/** Releases of Debian that there are machines of: 12, and 13. */
export type Suite = 'bookworm' | 'trixie'

const SUITES: readonly Suite[] = ['bookworm', 'trixie']

/** The release that an environment variable names; undefined where it is not set. */
export function suiteIn(variable: string): Suite | undefined {
  const name = process.env[variable]
  const suite = SUITES.find((candidate) => candidate === name)
  if (name !== undefined && suite === undefined) throw new Error(`${variable}: no suite ${name}`)
  return suite
}

/** Where a release's file systems are; see build/machine-images. */
export interface Images {
  readonly base: string
  readonly ready: string
  /** An apt repository, which every machine has at /srv/debian. */
  readonly repository: string
}

/** Finds the file systems, which are made if need be: two minutes the first time on a computer. */
export async function findImages(suite: Suite): Promise<Images> {
  const folder = await folderBy('build/machine-images', '--suite', suite)
  return {
    base: join(folder, 'base'),
    ready: join(folder, 'ready'),
    repository: join(folder, 'repository'),
  }
}

/** The folder that a script makes, unless it is there, and prints. */
export async function folderBy(script: string, ...args: readonly string[]): Promise<string> {
  const command = [join(REPOSITORY, script), ...args]
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return succeed(command, { code, stdout, stderr }).trim()
}
