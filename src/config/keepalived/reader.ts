// keepalived.conf as statements and blocks: a tolerant reader that takes any text and never fails. Pure.

/** A line of the file, with the block that follows it, if there is one. */
export interface Statement {
  /** Without quotes. */
  readonly words: readonly string[]
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly body: readonly Statement[] | null
}

export interface ConfText {
  readonly path: string
  readonly text: string
}

export interface Conf {
  readonly statements: readonly Statement[]
  /** Every file that was read, included ones after those that include them. */
  readonly files: readonly ConfText[]
}

export interface ReaderOptions {
  /**
   * Lines for others alone, `@name …`, are left out; keepalived goes by the host's name. Null reads
   * the lines for all hosts.
   */
  readonly configId: string | null
  /**
   * The files that an `include` in `from` means, in order; none when there are none. Null leaves
   * such a line a statement.
   */
  readonly open: ((pattern: string, from: string) => readonly ConfText[]) | null
}

/** No file that people write comes near these; what lies beyond is not read. */
const MOST_STATEMENTS = 50_000
const MOST_DEPTH = 32
const MOST_FILES = 256
const MOST_LINE = 64 * 1024

/**
 * Reads a configuration with the files that it includes.
 *
 * As keepalived does: `#` and `!` begin a remark outside of quotes, a line is a statement, braces
 * may stand on the line of their block or on one of their own, and `$NAME=value` defines a word. A line
 * that is to be repeated, `~SEQ(…) …`, is read once. What does not fit (a brace too many, an endless
 * quote) is passed over: keepalived's own test complains.
 */
export function readConf(first: ConfText, options: ReaderOptions): Conf {
  const state: State = {
    files: [],
    variables: new Map(),
    stack: [{ body: [] }],
    count: 0,
    options,
  }
  readText(state, first)
  while (state.stack.length > 1) close(state)
  return { statements: state.stack[0]?.body ?? [], files: state.files }
}

interface Open {
  readonly body: Growing[]
}

interface Growing extends Statement {
  body: Growing[] | null
}

interface State {
  readonly files: ConfText[]
  readonly variables: Map<string, string>
  /** The blocks that are open, the outermost first. */
  readonly stack: Open[]
  count: number
  readonly options: ReaderOptions
}

function readText(state: State, file: ConfText): void {
  // A file that includes itself ends here.
  if (state.files.length >= MOST_FILES || state.files.some((it) => it.path === file.path)) return
  state.files.push(file)
  for (const [index, text] of file.text.split('\n').entries()) {
    if (state.count >= MOST_STATEMENTS) return
    if (text.length <= MOST_LINE) readLine(state, text, file.path, index + 1)
  }
}

function readLine(state: State, text: string, file: string, line: number): void {
  const meant = forThisHost(text, state.options.configId)
  if (meant === null) return
  const own = meant.replace(REPEATED, '')
  const definition = /^\s*\$(\w+)=(.*?)\s*$/.exec(own)
  if (definition !== null) {
    state.variables.set(definition[1] ?? '', definition[2] ?? '')
    return
  }
  let words: string[] = []
  const end = () => {
    if (words.length > 0) take(state, words, file, line)
    words = []
  }
  for (const token of tokensOf(own)) {
    if (token.kind === 'word') {
      words.push(expand(token.text, state.variables))
      continue
    }
    end()
    if (token.kind === 'open') open(state)
    else close(state)
  }
  end()
}

const REPEATED = /^\s*(?:~(?:SEQx?|LST)\s*\([^)]*\)\s*)+/

/** The line without its condition, or null when it is for others: "@ns1 priority 5", "@^ns1 …". */
function forThisHost(text: string, configId: string | null): string | null {
  const match = /^\s*@(\^?)(\S+)\s*/.exec(text)
  if (match === null) return text
  if (configId === null) return text.slice(match[0].length)
  const isNamed = match[2] === configId
  return isNamed === (match[1] === '') ? text.slice(match[0].length) : null
}

function take(state: State, words: readonly string[], file: string, line: number): void {
  const [keyword = '', pattern] = words
  const { open } = state.options
  if (open !== null && /^include[amrwb]?$/.test(keyword) && pattern !== undefined) {
    for (const included of open(pattern, file)) readText(state, included)
    return
  }
  state.count += 1
  state.stack.at(-1)?.body.push({ words, file, line, body: null })
}

/** A brace belongs to the statement before it. */
function open(state: State): void {
  const last = state.stack.at(-1)?.body.at(-1)
  if (last === undefined || state.stack.length >= MOST_DEPTH) return
  last.body ??= []
  state.stack.push({ body: last.body })
}

function close(state: State): void {
  if (state.stack.length > 1) state.stack.pop()
}

type Token = { readonly kind: 'word'; readonly text: string } | { readonly kind: 'open' | 'close' }

/** Quotes hold a word together, and a backslash in them takes the next character as it stands. */
function tokensOf(line: string): Token[] {
  const tokens: Token[] = []
  let word: string | null = null
  const end = () => {
    if (word !== null) tokens.push({ kind: 'word', text: word })
    word = null
  }
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? ''
    if (char === '#' || char === '!') break
    if (/\s/.test(char)) end()
    else if (char === '"') {
      const quoted = quotedAt(line, at + 1)
      word = (word ?? '') + quoted.text
      at = quoted.end
    } else if ((char === '{' || char === '}') && !isInWord(word, char)) {
      end()
      tokens.push({ kind: char === '{' ? 'open' : 'close' })
    } else word = (word ?? '') + char
  }
  end()
  return tokens
}

/** "${NAME}" and "~{1..3}" hold braces that open no block. */
function isInWord(word: string | null, brace: string): boolean {
  if (word === null) return false
  return brace === '{' ? /[$~]$/.test(word) : /[$~]\{[^}]*$/.test(word)
}

function quotedAt(line: string, start: number): { text: string; end: number } {
  let text = ''
  let at = start
  for (; at < line.length && line[at] !== '"'; at++) {
    if (line[at] === '\\' && at + 1 < line.length) at++
    text += line[at]
  }
  return { text, end: at }
}

/** What is not defined stays as it stands: scripts have variables of their own. */
function expand(word: string, variables: ReadonlyMap<string, string>): string {
  if (variables.size === 0 || !word.includes('$')) return word
  return word.replace(/\$\{(\w+)\}|\$(\w+)/g, (whole, braced, bare) => {
    return variables.get(braced ?? bare) ?? whole
  })
}
