// Which test files a change can reach: by imports, and by the paths that tests and scripts name. Pure.
import { posix } from 'node:path'

/** Path from the root of the repository to text; null for a file whose text names nothing. */
export type Tree = ReadonlyMap<string, string | null>

/** Relative module specifiers of a TypeScript source, such as `../core/step.ts`. */
export type ImportsOf = (source: string) => readonly string[]

/** They read the whole tree. */
const ALWAYS = 'test/architecture/'
const COMMENT = /^\s*(#|\/\/|\/?\*).*$/gm
/**
 * By way of these a test runs the whole program, and nearly every edit of src/ reaches it. A quick run
 * does not go through them.
 */
export const PROGRAM: readonly string[] = [
  'src/main.ts',
  'test/lab/holdfast.ts',
  'test/mail/telling.ts',
  'test/runtime/subject.ts',
]
/**
 * The table of subcommands, which loads the one that is called: whoever calls one by way of it is not reached by
 * another. A test of a command lies in the folder of test/commands that has its folder's name.
 */
const TABLE = 'src/commands/command-table.ts'
const COMMAND = /^src\/commands\/(?<room>[\w-]+)\/[\w-]+-command\.ts$/
/** What every test runs on. */
const EVERYWHERE = ['package.json', 'package-lock.json']
/** What build/build makes, and what it makes it from. */
const BUILT = { from: 'src/main.ts', path: /^dist(\/|$)/ }

/**
 * Test files, sorted, whose outcome the changed files can alter. Too many rather than too few: whoever names
 * a path counts as one who reads it, and a folder stands for all that is in it.
 * @param changed paths from the root; those that are gone count as well
 * @param except files whose users are not reached, unless they are changed themselves
 */
export function reachedTests(
  tree: Tree,
  importsOf: ImportsOf,
  changed: readonly string[],
  except: readonly string[] = [],
): readonly string[] {
  const tests = [...tree.keys()].filter((path) => path.endsWith('.test.ts')).sort()
  if (changed.some((path) => EVERYWHERE.includes(path))) return tests
  const users = usersOf(tree, importsOf)
  const reached = new Set<string>(changed)
  const usersBut = (node: string) => {
    const own = testsOfCommand(node, tests)
    return own === null
      ? (users.get(node) ?? [])
      : [...[...(users.get(node) ?? [])].filter((user) => user !== TABLE), ...own]
  }
  const nodes = [...changed, ...changed.flatMap(foldersOf), ...changed.flatMap(testsBeside(tests))]
  for (const node of nodes) {
    reached.add(node)
    for (const user of usersBut(node)) {
      if (reached.has(user)) continue
      reached.add(user)
      if (!except.includes(user)) nodes.push(user)
    }
  }
  return tests.filter((path) => reached.has(path) || path.startsWith(ALWAYS))
}

/** From each file or folder to the files that import or name it. */
function usersOf(tree: Tree, importsOf: ImportsOf): ReadonlyMap<string, ReadonlySet<string>> {
  const folders = new Set([...tree.keys()].flatMap(foldersOf))
  const users = new Map<string, Set<string>>()
  for (const [path, text] of tree) {
    if (text === null) continue
    const used = path.endsWith('.ts')
      ? importsOf(text).map((specifier) => posix.join(posix.dirname(path), specifier))
      : []
    // The product reads nothing of the repository when it runs.
    const named = path.startsWith('src/') ? [] : pathsIn(path, text, tree, folders)
    for (const other of [...used, ...named]) {
      const known = users.get(other) ?? new Set()
      users.set(other, known.add(path))
    }
  }
  return users
}

/** Files and folders that a text names, from its own folder or from the root. */
function pathsIn(
  path: string,
  text: string,
  tree: Tree,
  folders: ReadonlySet<string>,
): readonly string[] {
  return [...new Set(text.replace(COMMENT, '').match(/['"`]?[\w./@-]+['"`]?/g))].flatMap(
    (found) => {
      const word = found.replace(/^['"`]|['"`]$/g, '')
      const fromRoot = posix.normalize(word.replace(/^(\.{0,2}\/)+/, '')).replace(/\/$/, '')
      if (BUILT.path.test(fromRoot)) return [BUILT.from]
      // A lone word is a folder of the root, or means something else; "test" and "build" always do, and
      // so does one in TypeScript that is no string: "ip route … src" is one of many words in one.
      if (!/[./]/.test(word)) {
        const isFolder = folders.has(word) && !/^(test|build)$/.test(word)
        return isFolder && (!path.endsWith('.ts') || found.length === word.length + 2) ? [word] : []
      }
      const fromHere = posix.join(posix.dirname(path), word)
      return [fromRoot, fromHere].filter(
        (other) => other !== 'test' && other !== path && (tree.has(other) || folders.has(other)),
      )
    },
  )
}

/** Null for what is no command. */
function testsOfCommand(path: string, tests: readonly string[]): readonly string[] | null {
  const room = COMMAND.exec(path)?.groups?.room
  return room === undefined
    ? null
    : tests.filter((test) => test.startsWith(`test/commands/${room}/`))
}

/** `a/b/c.ts` is in `a/b` and `a`. */
function foldersOf(path: string): readonly string[] {
  const folder = posix.dirname(path)
  return folder === '.' ? [] : [folder, ...foldersOf(folder)]
}

/** Data under test/ is for the tests of the nearest folder that has some. */
function testsBeside(tests: readonly string[]): (changed: string) => readonly string[] {
  return (changed) => {
    if (!changed.startsWith('test/') || changed.endsWith('.ts')) return []
    const near = foldersOf(changed).map((folder) =>
      tests.filter((path) => posix.dirname(path) === folder),
    )
    return near.find((found) => found.length > 0) ?? []
  }
}
