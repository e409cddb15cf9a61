// Colours and signs of the demo's view, and lines that know their width before they are painted.

export type Colour = 'plain' | 'good' | 'bad' | 'doubtful' | 'faint' | 'strong' | 'bar'
export type Span = readonly [text: string, colour?: Colour]

/** SGR parameters (ECMA-48 section 8.3.117). */
const SGR: Readonly<Record<Colour, string>> = {
  plain: '',
  good: '32',
  bad: '31',
  doubtful: '33',
  faint: '2',
  strong: '1',
  bar: '7',
}

export interface Glyphs {
  /** From a little to all of a second's queries. */
  readonly levels: readonly string[]
  readonly none: string
  readonly holds: string
  readonly now: string
  readonly arrow: string
}

const UNICODE: Glyphs = {
  levels: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  none: '·',
  holds: '◀ holds it',
  now: '▶',
  arrow: '→',
}

const ASCII: Glyphs = {
  levels: ['.', '.', ':', ':', '+', '+', '#', '#'],
  none: ' ',
  holds: '<- holds it',
  now: '>',
  arrow: '->',
}

/** Block characters where the terminal is set up for UTF-8, else ASCII. */
export function glyphsFor(env: Readonly<Record<string, string | undefined>>): Glyphs {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  return /utf-?8/i.test(locale) ? UNICODE : ASCII
}

/** One line of at most `width` columns; every character counts as one. */
export function drawLine(spans: readonly Span[], width: number, colour: boolean): string {
  let room = width
  let line = ''
  for (const [text, name = 'plain'] of spans) {
    const cut = text.slice(0, room)
    room -= cut.length
    const code = SGR[name]
    line += colour && code !== '' && cut !== '' ? `\u001b[${code}m${cut}\u001b[0m` : cut
  }
  return colour ? line : line.trimEnd()
}
