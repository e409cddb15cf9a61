// The signs that a terminal is drawn with: blocks where it is set up for UTF-8, ASCII everywhere else.
import type { StripMark } from '../../documents/tally-document.ts'
import { toAscii } from '../ascii.ts'
import { visible } from '../style.ts'

export interface Signs {
  /** A text as this terminal can show it, without anything that would steer it. */
  readonly clean: (text: string) => string
  /** Where a line goes on beyond the terminal. */
  readonly cut: string
  readonly rule: string
  readonly holds: string
  readonly holdsNot: string
  readonly marks: Readonly<Record<StripMark, string>>
  /** A bar that is full to a share from 0 to 1, and the empty rest of it. */
  readonly bar: (share: number, width: number) => readonly [full: string, rest: string]
}

/** For files, pipes and terminals that say nothing of UTF-8 and may show it as rubbish. */
export const ASCII: Signs = {
  clean: (text) => toAscii(visible(text)),
  cut: '>',
  rule: '=',
  holds: '*',
  holdsNot: '-',
  marks: { ' ': ' ', '.': '.', '~': '~', v: 'v', x: 'X' },
  bar(share, width) {
    const full = filled(share, width - 2, 1)
    return [`[${'#'.repeat(full)}`, `${'.'.repeat(width - 2 - full)}]`]
  },
}

/** ASCII of our own, but names and sentences as they are: for pipes of a UTF-8 locale. */
export const PIPED: Signs = { ...ASCII, clean: visible }

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

export const BLOCKS: Signs = {
  clean: visible,
  cut: '…',
  rule: '━',
  holds: '●',
  holdsNot: '○',
  marks: { ' ': ' ', '.': '▁', '~': '▄', v: '·', x: '█' },
  bar(share, width) {
    const eighths = filled(share, width, 8)
    const full = '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]
    return [full, '░'.repeat(width - full.length)]
  },
}

/** Something is left until nothing is. */
function filled(share: number, width: number, parts: number): number {
  if (!(share > 0)) return 0
  return Math.max(1, Math.min(width * parts, Math.round(share * width * parts)))
}

/** Whether the locale is one of UTF-8 (POSIX: the first of these that is set and not empty counts). */
export function isUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '')
}

export function signsFor(
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): Signs {
  if (!isUtf8(env)) return ASCII
  return isTerminal && env.TERM !== 'dumb' ? BLOCKS : PIPED
}
