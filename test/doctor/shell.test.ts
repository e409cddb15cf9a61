// Commands that the doctor has people type: a shell makes of each value what it was.
import { expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { shell } from '../../src/doctor/shell.ts'

test('values are words', () => {
  expect(shell`ls -l ${'/run/holdfast'}`).toBe('ls -l /run/holdfast')
  expect(shell`kill ${17}; ls -ld ${['/a', '/b c']}`).toBe("kill 17; ls -ld /a '/b c'")
  expect(shell`cat ${"/it's $(reboot)"}`).toBe("cat '/it'\\''s $(reboot)'")
})

test('a shell takes each for what it was', () => {
  const text = fc.string({ unit: 'grapheme-ascii', minLength: 0, maxLength: 12 })
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (words) => {
      const { stdout } = spawnSync('sh', ['-c', shell`printf '%s\\0' ${words}`], {
        encoding: 'utf8',
      })
      expect(stdout).toBe(words.map((word) => `${word}\0`).join(''))
    }),
    { numRuns: 40 },
  )
})
