// The repository as it is now: what has changed since a commit, and the texts that tell what uses what.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ImportsOf, Tree } from './reach.ts'

/** Files whose text names other files; of all others only the name counts. */
const NAMING = /^((src|test|build)\/.*\.ts|(build|packaging)\/([^.]*|.*\.sh))$/

const transpiler = new Bun.Transpiler({ loader: 'ts' })

export const importsOf: ImportsOf = (source) =>
  transpiler.scanImports(source).flatMap(({ path }) => (path.startsWith('.') ? [path] : []))

/**
 * Paths that differ from a commit, and those that git does not know yet.
 * @throws where there is no git, or no such commit
 */
export function changedSince(root: string, commit: string): readonly string[] {
  return [
    ...new Set([
      ...git(root, 'diff', '--name-only', '--no-renames', commit),
      ...git(root, 'ls-files', '--others', '--exclude-standard'),
    ]),
  ]
}

export function readTree(root: string): Tree {
  const paths = git(root, 'ls-files', '--cached', '--others', '--exclude-standard')
  return new Map(paths.map((path) => [path, NAMING.test(path) ? textOf(join(root, path)) : null]))
}

/** Null for one that is gone. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function git(root: string, ...words: readonly string[]): readonly string[] {
  const done = spawnSync('git', ['-C', root, ...words, '-z'], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`git ${words.join(' ')}: ${done.error ?? done.stderr}`)
  return done.stdout.split('\0').filter((path) => path !== '')
}
