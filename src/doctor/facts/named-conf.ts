// named's configuration: what named-checkconf makes of it, and the tree of its statements.
import { fact, type Host } from '../host.ts'
import { namedFact } from './named.ts'

/** One statement: the words before its block, and the statements in it. */
export interface Statement {
  /** Without the quotes; "!" before a word without a blank stays with it. */
  readonly words: readonly string[]
  readonly block: readonly Statement[] | null
}

type NamedConf =
  /** As named would read it: included files in their place, secrets left out. */
  | { readonly kind: 'conf'; readonly file: string; readonly statements: readonly Statement[] }
  /** What named-checkconf said against it, line by line. */
  | { readonly kind: 'refused'; readonly file: string; readonly said: readonly string[] }
  /** named-checkconf is not there, or may not read what it would have to. */
  | { readonly kind: 'unreadable'; readonly why: string }

const CHECK_LIMIT_MS = 4000

export const namedConfFact = fact(async (host): Promise<NamedConf> => {
  const { confFile, chroot } = await namedFact(host)
  const root = chroot === null ? [] : ['-t', chroot]
  // "-p" prints it all, and "-x" leaves the secrets out.
  const args = [...root, '-p', '-x', confFile]
  const run = await host.inspect.run('named-checkconf', args, { limitMs: CHECK_LIMIT_MS })
  if (!run.ok) return { kind: 'unreadable', why: run.error }
  const { code, stdout, stderr } = run.value
  if (code === 0) {
    const statements = parseNamedConf(withoutComplaints(stdout))
    if (statements !== null) return { kind: 'conf', file: confFile, statements }
    return { kind: 'unreadable', why: 'named-checkconf printed what cannot be read' }
  }
  const said = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '')
  if (isDenied(host, said)) return { kind: 'unreadable', why: `needs root: ${said[0]}` }
  return { kind: 'refused', file: confFile, said }
})

function isDenied({ inspect }: Host, said: readonly string[]): boolean {
  return inspect.uid !== 0 && said.some((line) => line.includes('permission denied'))
}

/** Warnings of a good file, "FILE:LINE: text", stand among what is printed. */
function withoutComplaints(text: string): string {
  return text.replace(/^\S+:\d+: .*$/gm, '')
}

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|([{};])|([^\s{};"]+))/y

/** Reads what `named-checkconf -p` prints, in which there are no comments; null for anything else. */
export function parseNamedConf(text: string): readonly Statement[] | null {
  const top: Statement[] = []
  const open: { words: string[]; into: Statement[] }[] = []
  let into = top
  let statement: { words: string[]; block: Statement[] | null } = { words: [], block: null }
  const end = text.trimEnd().length
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text)
    if (match === null) return null
    const [, quoted, mark, word] = match
    if (mark === undefined) statement.words.push(quoted ?? word ?? '')
    else if (mark === ';') {
      if (statement.words.length > 0 || statement.block !== null) into.push(statement)
      statement = { words: [], block: null }
    } else if (mark === '{') {
      open.push({ words: statement.words, into })
      into = []
      statement = { words: [], block: null }
    } else {
      const outer = open.pop()
      if (outer === undefined || statement.words.length > 0) return null
      statement = { words: outer.words, block: into }
      into = outer.into
    }
  }
  return open.length === 0 && statement.words.length === 0 ? top : null
}

/** The statements of a name, such as all zones. */
export function statementsOf(
  statements: readonly Statement[] | null | undefined,
  name: string,
): readonly Statement[] {
  return (statements ?? []).filter((statement) => statement.words[0] === name)
}

/** What is in the options block. */
export function optionsOf({ statements }: { readonly statements: readonly Statement[] }) {
  return statementsOf(statements, 'options')[0]?.block ?? []
}
