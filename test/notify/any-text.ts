// Any text that a value from outside may be, harmful ones among them, for property tests of notify.
import fc from 'fast-check'

/** Texts that would do harm if anybody took them at their word. */
const HOSTILE = [
  'x\r\nBcc: thief@example.com\r\n\r\nforged',
  'x\n.\nMAIL FROM:<>',
  '../../../etc/passwd',
  '$(reboot);`reboot`|reboot',
  '-oQ/tmp -be \u0024{run{/bin/sh}}',
  '\u001b]0;title\u0007\u202egnp.exe',
  '=?utf-8?q?forged?=',
  '\ud800 half a pair',
  'a\u2028b\u0085c',
  '"',
  '',
]

export const anyText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
)

/** How often a property is tried. */
export const RUNS = process.env.HOLDFAST_LONG === '1' ? 10_000 : 200
