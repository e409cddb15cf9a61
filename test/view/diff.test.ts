// The unified diff, held to what diff -u says.
import { describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { unifiedDiff } from '../../src/view/diff.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function ours(before: string, after: string): string {
  const lines = unifiedDiff({ name: 'a', text: before }, { name: 'b', text: after })
  return lines.map(({ text }) => `${text}\n`).join('')
}

/** Applies a diff with patch(1): the second opinion that counts. */
function patched(before: string, diff: string): string {
  using folder = temporaryFolder()
  const file = join(folder.path, 'a')
  writeFileSync(file, before)
  const args = ['--silent', '--no-backup-if-mismatch', '--output=-', file]
  const done = spawnSync('patch', args, { input: diff, encoding: 'utf8', cwd: folder.path })
  if (done.status !== 0) throw new Error(`patch: ${done.stdout}${done.stderr}`)
  return done.stdout
}

describe('unified diff', () => {
  test('of equal texts is nothing', () => {
    expect(ours('a\nb\n', 'a\nb\n')).toBe('')
  })

  test('shows three lines around a change, and joins hunks that touch', () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`)
    const text = (changed: readonly number[]) =>
      lines.map((line, index) => `${line}${changed.includes(index + 1) ? '!' : ''}\n`).join('')
    expect(ours(text([]), text([1, 8, 30]))).toBe(`--- a
+++ b
@@ -1,11 +1,11 @@
-line 1
+line 1!
 line 2
 line 3
 line 4
 line 5
 line 6
 line 7
-line 8
+line 8!
 line 9
 line 10
 line 11
@@ -27,4 +27,4 @@
 line 27
 line 28
 line 29
-line 30
+line 30!
`)
  })

  test('of something and nothing', () => {
    expect(ours('', 'a\n')).toBe('--- a\n+++ b\n@@ -0,0 +1 @@\n+a\n')
    expect(ours('a\nb\n', '')).toBe('--- a\n+++ b\n@@ -1,2 +0,0 @@\n-a\n-b\n')
  })

  test('says where a line break is missing at the end', () => {
    expect(ours('a', 'a\n')).toBe(
      '--- a\n+++ b\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n',
    )
  })

  test('of texts too long to compare line by line is still right', () => {
    const text = (word: string) =>
      Array.from({ length: 3000 }, (_, at) => `${word}${at}\n`).join('')
    const diff = ours(text('a'), text('b'))
    expect(diff.split('\n').filter((line) => /^[-+][ab]/.test(line))).toHaveLength(6000)
    expect(diff).toStartWith('--- a\n+++ b\n@@ -1,3000 +1,3000 @@\n-a0\n')
  })

  test.skipIf(Bun.which('patch') === null)('is what patch needs to make one of the other', () => {
    const line = fc.constantFrom('a', 'b', 'c', '', '}', '  x')
    const someText = fc
      .tuple(fc.array(line, { minLength: 1, maxLength: 25 }), fc.boolean())
      .map(([lines, ended]) => `${lines.join('\n')}${ended ? '\n' : ''}`)
    fc.assert(
      fc.property(someText, someText, (before, after) => {
        fc.pre(before !== after && before !== '' && after !== '')
        expect(patched(before, ours(before, after))).toBe(after)
      }),
      { numRuns: 60 },
    )
  })
})
