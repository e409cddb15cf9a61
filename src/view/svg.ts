// A small writer of SVG: nested lists in, well-formed text out.

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

export interface Canvas {
  readonly width: number
  readonly height: number
  /** What a screen reader says. */
  readonly title: string
  readonly style: string
}

/** A whole file. Colours come from the style, which knows light and dark; nothing in it moves or runs. */
export function svgFile(canvas: Canvas, children: readonly Markup[]): string {
  const { width, height, title, style } = canvas
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
      element('style', {}, [style]),
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
