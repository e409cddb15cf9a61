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
const MAX_STATEMENTS = 50_000
const MAX_DEPTH = 32
const MAX_FILES = 256
const MAX_LINE = 64 * 1024
/** What definitions make of one line, and how often one may stand in another. */
const MAX_EXPANDED = 1000
const MAX_NESTED = 16

/**
 * Reads a configuration with the files that it includes.
 *
 * As keepalived does: `#` and `!` begin a remark outside of quotes, a line is a statement, braces
 * may stand on the line of their block or on one of their own, and `$NAME=value` defines words, other
 * definitions among them, or lines where each but the last ends in a backslash. A line that is to be repeated, `~SEQ(…) …`, is read once. What does not fit (a brace too many, an endless
 * quote) is passed over: keepalived's own test complains.
 */
export function readConf(first: ConfText, options: ReaderOptions): Conf {
  const state: State = {
    files: [],
    reading: [],
    reads: 0,
    variables: new Map(),
    defining: null,
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
  /** The paths of the file that is read and of those that include it. */
  readonly reading: string[]
  /** How often a file was read. */
  reads: number
  readonly variables: Map<string, string>
  /** The definition of several lines that the next line goes on with. */
  defining: string | null
  /** The blocks that are open, the outermost first. */
  readonly stack: Open[]
  count: number
  readonly options: ReaderOptions
}

function readText(state: State, file: ConfText): void {
  // A file that includes itself ends here; one that two others include is read twice.
  if (state.reads >= MAX_FILES || state.reading.includes(file.path)) return
  state.reads += 1
  state.reading.push(file.path)
  if (!state.files.some(({ path }) => path === file.path)) state.files.push(file)
  for (const [index, text] of file.text.split('\n').entries()) {
    if (state.count >= MAX_STATEMENTS) break
    if (text.length <= MAX_LINE) readLine(state, text, file.path, index + 1)
  }
  state.reading.pop()
}

/** What follows a brace is read like a line of its own. */
function readLine(state: State, text: string, file: string, line: number): void {
  const bare = withoutRemark(text)
  if (state.defining !== null) {
    goOn(state, state.defining, bare.trim())
    return
  }
  const whole = meantHere(bare, state.options.configId)
  if (whole === null || define(state, whole)) return
  const lines = expand(whole, state.variables)
  // Lines that come to nothing count as well: a file cannot make us read for ever.
  state.count += lines.length - 1
  for (const expanded of lines) readExpanded(state, expanded, file, line)
}

/** A definition may bring braces, quotes and a remark. */
function readExpanded(state: State, text: string, file: string, line: number): void {
  for (const piece of piecesOf(withoutRemark(text))) {
    const own = meantHere(piece.text, state.options.configId)
    if (own === null) return
    if (!define(state, own)) {
      const words = wordsOf(own)
      if (words.length > 0) take(state, words, file, line)
    }
    if (piece.brace === '{') open(state)
    else if (piece.brace === '}') close(state)
  }
}

const REPEATED = /^\s*(?:~(?:SEQx?|LST)\s*\([^)]*\)\s*)+/

/** The text without its conditions, or null when it is for others: "@ns1 priority 5", "@^ns1 …". */
function meantHere(text: string, configId: string | null): string | null {
  for (let rest = text; ; ) {
    rest = rest.replace(REPEATED, '')
    const match = /^\s*@(\^?)(\S+)\s*/.exec(rest)
    if (match === null) return rest
    if (configId !== null && (match[2] === configId) !== (match[1] === '')) return null
    rest = rest.slice(match[0].length)
  }
}

function define(state: State, text: string): boolean {
  const [, name, value = ''] = /^\s*\$(\w+)=(.*)$/.exec(text) ?? []
  if (name === undefined) return false
  state.variables.set(name, '')
  goOn(state, name, value.trim())
  return true
}

/** Adds a line to a definition; the backslash at its end says that another one follows. */
function goOn(state: State, name: string, line: string): void {
  state.defining = line.endsWith('\\') ? name : null
  const text = (state.defining === null ? line : line.slice(0, -1)).trim()
  const before = state.variables.get(name) ?? ''
  if (before.length + text.length > MAX_LINE) return
  state.variables.set(name, [before, text].filter((part) => part !== '').join('\n'))
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
  if (last === undefined || state.stack.length >= MAX_DEPTH) return
  last.body ??= []
  state.stack.push({ body: last.body })
}

function close(state: State): void {
  if (state.stack.length > 1) state.stack.pop()
}

/** `#` and `!` begin a remark outside of quotes, unless a backslash stands before them. */
export function withoutRemark(line: string): string {
  const found = [...line.matchAll(/"(?:[^"\\]|\\.?)*"?|\\.?|[#!]/g)]
  const remark = found.find(([candidate]) => candidate === '#' || candidate === '!')
  return line.slice(0, remark?.index)
}

/** What stands before each brace, and after the last one. */
interface Piece {
  readonly text: string
  readonly brace: '{' | '}' | null
}

/** Splits a line at its braces; those in quotes, where a backslash is a character, and of "${NAME}" are none. */
export function piecesOf(line: string): readonly Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const { 0: found, index } of line.matchAll(/"[^"]*"?|\$\{\w+[ \d]*\}|[{}]/g)) {
    if (found !== '{' && found !== '}') continue
    pieces.push({ text: line.slice(from, index), brace: found })
    from = index + 1
  }
  return [...pieces, { text: line.slice(from), brace: null }]
}

/** Their handlers read the line again: quotes are a part of a word, and a backslash takes the next character. */
const COMMANDS = /^(?:(?:\w+_)?script|notify\w*|misc_path|quorum_up|quorum_down)$/

/** A quote begins a word and ends one. */
export function wordsOf(text: string): string[] {
  const words = [...text.matchAll(/"([^"]*)"?|[^\s"]+/g)].map(([whole, quoted]) => quoted ?? whole)
  if (!COMMANDS.test(words[0] ?? '')) return words
  return [...text.matchAll(/(?:"(?:[^"\\]|\\.?)*"?|[^\s"])+/g)].map(([word]) =>
    word.replace(/"((?:[^"\\]|\\.?)*)"?/g, (_, quoted: string) => quoted.replace(/\\(.)/g, '$1')),
  )
}

/**
 * The lines that keepalived reads for one: words that are defined, and their own words. What is not
 * defined stays as it stands: scripts have variables of their own. Where a definition has several
 * lines, the others follow the one that it stands in.
 */
function expand(line: string, variables: ReadonlyMap<string, string>): readonly string[] {
  if (variables.size === 0) return [line]
  const done: string[] = []
  const waiting = [line]
  while (waiting.length > 0 && done.length < MAX_EXPANDED) {
    let text = waiting.shift() ?? ''
    for (let nested = 0; nested < MAX_NESTED && text.length <= MAX_LINE; nested += 1) {
      const before = text
      text = text.replace(/\$\{(\w+)\}|\$(\w+)(?![\w=])/g, (whole, braced, bare) => {
        const [first = '', ...others] = (variables.get(braced ?? bare) ?? whole).split('\n')
        waiting.unshift(...others)
        return first
      })
      if (text === before) break
    }
    done.push(text)
  }
  return done
}
