// A small writer of SVG, and the colours and type of all pictures: readable on white and on black.

/** Attribute values are text or numbers; undefined ones are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>

/** Finished markup, told from text that has yet to be escaped. */
export interface Markup {
  readonly svg: string
}

/** An element; a string among its children is text. */
export function element(
  name: string,
  attributes: Attributes,
  children: readonly (Markup | string)[] = [],
): Markup {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${escaped(typeof value === 'number' ? short(value) : `${value}`)}"`,
    )
    .join('')
  if (children.length === 0) return { svg: `<${name}${written}/>` }
  const inner = children
    .map((markup) => (typeof markup === 'string' ? escaped(markup) : markup.svg))
    .join('')
  return { svg: `<${name}${written}>${inner}</${name}>` }
}

export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

export function words(
  x: number,
  y: number,
  text: string,
  style: string | undefined,
  anchor: 'start' | 'middle' | 'end',
): Markup {
  return element('text', { x, y, class: style, 'text-anchor': anchor }, [text])
}

export function line(x1: number, y1: number, x2: number, y2: number, style: string): Markup {
  return element('line', { x1, y1, x2, y2, class: style })
}

export function rect(
  x: number,
  y: number,
  width: number,
  height: number,
  paint: Attributes,
): Markup {
  return element('rect', { x, y, width, height, ...paint })
}

/** The colour of the nth of things that are told apart; after the last colour the first comes again. */
export function nth(colours: readonly string[], index: number): string {
  return colours[index % colours.length] as string
}

/** Told apart by most colour-blind people (after Okabe and Ito), with a mark each besides. */
export const LINE_COLOURS = [
  '#d55e00',
  '#0072b2',
  '#56b4e9',
  '#009e73',
  '#b8860b',
  '#cc79a7',
  '#7f7f7f',
  '#8c6bb1',
  '#a0522d',
  '#2f9e9e',
] as const

/** Of servers, in their order. */
export const SERVER_COLOURS = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#7f7f7f',
  '#8c6bb1',
] as const

const LIGHT =
  '.paper{fill:#fff}text{fill:#1a1a1a}.faint{fill:#666}.grid{stroke:#ddd}.axis{stroke:#888}'
const DARK =
  '.paper{fill:#15171a}text{fill:#e8e8e8}.faint{fill:#a0a0a0}.grid{stroke:#333}.axis{stroke:#888}'

const STYLE = [
  "text{font-family:system-ui,'Helvetica Neue',Arial,sans-serif;font-size:13px}",
  '.title{font-size:17px;font-weight:600}.label{font-size:13px;font-weight:600}.small{font-size:11px}',
  '.grid,.axis{stroke-width:1;fill:none}.line{fill:none;stroke-width:2}.best{stroke-width:3.5}',
  LIGHT,
  `@media (prefers-color-scheme:dark){${DARK}}`,
].join('')

interface Canvas {
  readonly width: number
  readonly height: number
  /** What a screen reader says. */
  readonly title: string
}

/** A whole file. Colours come from the style, which knows light and dark; nothing in it moves or runs. */
export function svgFile(canvas: Canvas, children: readonly Markup[]): string {
  const { width, height, title } = canvas
  const root = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${short(width)} ${short(height)}`,
      width,
      height,
      role: 'img',
      'aria-label': title,
    },
    [
      element('title', {}, [title]),
      element('style', {}, [STYLE]),
      element('rect', { class: 'paper', width: '100%', height: '100%' }),
      ...children,
    ],
  )
  return `${root.svg}\n`
}

/** A tenth of a pixel is more than anybody sees. */
function short(value: number): string {
  return String(Math.round(value * 10) / 10)
}

/** XML has no way to write most control characters; they become spaces. */
function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about.
      .replace(/[\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/gu, ' ')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  )
}
