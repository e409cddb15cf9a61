// Reads a TypeScript source far enough to tell its imports and its code from comments and strings.

export interface ScannedSource {
  /** What it imports, in the order of the text: static, type-only, dynamic and re-exports alike. */
  readonly imports: readonly string[]
  /** The code without comments, each string literal replaced by an empty one. */
  readonly code: string
  /** The text of each string, and of each template with its expressions as `…`. */
  readonly texts: readonly string[]
}

/** Stands for a string in the code: a character for private use, which no source contains. */
const MARK = '\ue000'

/**
 * Scans a source by hand, since the import scanners at hand leave out what is imported as a type.
 * Code inside of template literals is kept; regular expressions are told from divisions by what
 * stands before them.
 */
export function scan(source: string): ScannedSource {
  const strings: string[] = []
  const templates: string[] = []
  const marked = readCode({ source, at: 0, strings, templates }, null)
  const imports = [...marked.matchAll(IMPORT)].map((match) => strings[Number(match[1])] ?? '')
  return { imports, code: marked.replace(ANY_MARK, "''"), texts: [...strings, ...templates] }
}

const IMPORT = new RegExp(`(?<![\\w.$])(?:import|from|import\\s*\\()\\s*${MARK}(\\d+)${MARK}`, 'g')
const ANY_MARK = new RegExp(`${MARK}\\d+${MARK}`, 'g')

interface Cursor {
  readonly source: string
  at: number
  readonly strings: string[]
  readonly templates: string[]
}

/** Reads to the end, or to the brace that closes a template's expression. */
function readCode(cursor: Cursor, closing: '}' | null): string {
  let code = ''
  let depth = 0
  while (cursor.at < cursor.source.length) {
    const char = cursor.source[cursor.at] ?? ''
    const two = cursor.source.slice(cursor.at, cursor.at + 2)
    if (two === '//') skipTo(cursor, '\n', 0)
    else if (two === '/*') skipTo(cursor, '*/', 2)
    else if (char === "'" || char === '"') code += readString(cursor, char)
    else if (char === '`') code += readTemplate(cursor)
    else if (char === '/' && startsRegex(code)) code += readRegex(cursor)
    else {
      if (char === '{') depth += 1
      if (char === '}') depth -= 1
      if (closing !== null && depth < 0) return code
      code += char
      cursor.at += 1
    }
  }
  return code
}

function skipTo(cursor: Cursor, end: string, width: number): void {
  const at = cursor.source.indexOf(end, cursor.at + width)
  cursor.at = at === -1 ? cursor.source.length : at + width
}

function readString(cursor: Cursor, quote: string): string {
  const start = cursor.at + 1
  cursor.at = start
  while (cursor.at < cursor.source.length && cursor.source[cursor.at] !== quote)
    cursor.at += cursor.source[cursor.at] === '\\' ? 2 : 1
  cursor.strings.push(cursor.source.slice(start, cursor.at))
  cursor.at += 1
  return `${MARK}${cursor.strings.length - 1}${MARK}`
}

/** Its text goes to the templates, and the code in its expressions is kept. */
function readTemplate(cursor: Cursor): string {
  let code = ''
  let text = ''
  let from = cursor.at + 1
  cursor.at += 1
  while (cursor.at < cursor.source.length && cursor.source[cursor.at] !== '`') {
    if (cursor.source.startsWith('${', cursor.at)) {
      text += `${cursor.source.slice(from, cursor.at)}…`
      cursor.at += 2
      code += `(${readCode(cursor, '}')})`
      cursor.at += 1
      from = cursor.at
    } else cursor.at += cursor.source[cursor.at] === '\\' ? 2 : 1
  }
  cursor.templates.push(text + cursor.source.slice(from, cursor.at))
  cursor.at += 1
  return code === '' ? "''" : code
}

/** A slash divides after a value, and begins a regular expression after anything else. */
function startsRegex(before: string): boolean {
  const trimmed = before.trimEnd()
  return (
    !/[\w$)\]}\ue000'"]$/.test(trimmed) || /(?<![\w$.])(return|typeof|case|of|in)$/.test(trimmed)
  )
}

function readRegex(cursor: Cursor): string {
  let inClass = false
  for (cursor.at += 1; cursor.at < cursor.source.length; cursor.at += 1) {
    const char = cursor.source[cursor.at]
    if (char === '\\') cursor.at += 1
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (char === '/' && !inClass) break
  }
  cursor.at += 1
  return '/re/'
}
