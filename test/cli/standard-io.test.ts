// What becomes of a command whose standard output takes nothing: a full disk behind a redirection.
import { expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

const MAIN = resolve(import.meta.dir, '../../src/main.ts')

/** @param script with "$@" for the program and what runs it */
function shell(script: string) {
  const { status, stderr } = spawnSync('sh', ['-c', script, 'sh', process.execPath, MAIN])
  return { code: status, said: String(stderr).trim() }
}

test.each(['--help', 'completion bash', 'doctor --list', 'simulate --list'])(
  '%s is no success where it could not be written',
  (words) => {
    const { code, said } = shell(`"$@" ${words} >/dev/full`)
    expect(code).toBe(1)
    expect(said).toMatch(/^holdfast: standard output could not be written: .*ENOSPC/)
  },
)

test('a reader that has read enough loses nothing', () => {
  expect(shell('{ "$@" completion bash; echo "code $?" >&2; } | head -n 1')).toEqual({
    code: 0,
    said: 'code 0',
  })
})
