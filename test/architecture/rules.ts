// The architecture as data: what the pure folders must not know, which ways lead to files, and its checker.
import { posix } from 'node:path'
import { type Layer, layerOf, MAY_IMPORT } from './layers.ts'
import { scan } from './scan.ts'

/** Path from the project's root (`src/core/step.ts`) to text. */
export type Sources = ReadonlyMap<string, string>

/** No clock, no randomness, no timer, no file and no socket: what goes in decides what comes out. */
const PURE = [
  ...['dns', 'config', 'core', 'balancer', 'documents', 'host', 'bind', 'keepalived'],
  ...['observers', 'drain', 'notify', 'view'],
] as const

/** What several adapters are built on: they know nothing but files, and are adapters themselves. */
const SHARED_ADAPTERS: readonly string[] = [
  'src/adapters/atomic-file.ts',
  'src/adapters/file-error.ts',
  'src/adapters/folder.ts',
  'src/adapters/kernel-file.ts',
  'src/adapters/lock.ts',
  'src/adapters/new-file.ts',
  'src/adapters/permission.ts',
]

/**
 * What an adapter that is no way to files may use of node:fs: descriptors that it was given, and looks
 * that neither open nor change anything. All else follows links, and is the ways' alone.
 */
const FREE_FILE_CALLS: readonly string[] = [
  ...['constants', 'Stats', 'FSWatcher', 'watch'],
  ...['closeSync', 'fstatSync', 'fchmodSync', 'fchownSync', 'fsyncSync'],
  ...['read', 'readSync', 'write', 'writeSync'],
  ...['accessSync', 'existsSync', 'lstatSync', 'readlinkSync', 'realpathSync'],
  ...['statSync', 'statfsSync'],
]

/** The ways to files, with what each may use besides. */
const WAYS_TO_FILES: Readonly<Record<string, readonly string[] | 'all'>> = {
  'src/adapters/folder.ts': 'all',
  'src/adapters/kernel-file.ts': ['openSync', 'readFileSync'],
  // On descriptors.
  'src/adapters/atomic-file.ts': ['writeFileSync'],
  'src/adapters/new-file.ts': ['writeFileSync'],
  'src/adapters/config-test.ts': ['mkdtempSync', 'rmSync'],
}

/** Who has the core's state in hand: those who drive it. All others go by facts. */
const STATE_HOLDERS: readonly string[] = ['src/runtime/engine.ts', 'src/simulate/core.ts']

/** Packages that parse, check or compare data, by the pure folder that hides each of them. */
const PURE_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  dns: ['dns-packet'],
  config: ['smol-toml'],
  view: ['diff'],
}

const BANNED_EVERYWHERE: readonly Ban[] = [
  { pattern: /(?<![\w$.])Bun\s*[.[]/, what: 'Bun, which Deno does not have' },
  { pattern: /(?<![\w$.])Deno\s*[.[]/, what: 'Deno, which Bun does not have' },
  {
    pattern: /(?<![\w$.])it(?![\w$])/,
    what: '"it" as a name, which says nothing of what it names',
  },
]

const BANNED_OUTSIDE_MAIN: Ban = {
  pattern: /(?<![\w$])process\s*\.\s*exit(?!Code|\w)/,
  what: 'process.exit outside of src/main.ts',
}

const BANNED_IN_PURE: readonly Ban[] = [
  { pattern: /(?<![\w$.])Date\s*\.\s*now/, what: 'Date.now' },
  { pattern: /(?<![\w$.])new\s+Date\s*(\(\s*\)|(?!\s*\())/, what: 'the time of now, new Date()' },
  { pattern: /(?<!new\s+)(?<![\w$.])Date\s*\(/, what: 'the time of now, Date()' },
  { pattern: /(?<![\w$.])Math\s*\.\s*random/, what: 'Math.random' },
  ...[
    ...['performance', 'crypto', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
    ...['process', 'globalThis', 'console', 'fetch', 'Buffer'],
  ].map((name) => ({ pattern: new RegExp(`(?<![\\w$.])${name}(?![\\w$])`), what: name })),
]

interface Ban {
  readonly pattern: RegExp
  readonly what: string
}

const MAX_LINES = 300

/** Every breach of the architecture, each as "PATH: what is wrong". */
export function breaches(sources: Sources): readonly string[] {
  const found: string[] = []
  const edges = new Map<string, readonly string[]>()
  for (const [path, text] of sources) {
    const { imports, code } = scan(text)
    const report = (what: string) => found.push(`${path}: ${what}`)
    checkShape(text, report)
    checkBans(path, code, report)
    checkFileCalls(path, text, imports, report)
    for (const specifier of imports) checkImport(path, specifier, report)
    edges.set(
      path,
      imports.filter(isRelative).map((other) => resolve(path, other)),
    )
  }
  for (const cycle of cycles(edges)) found.push(`${cycle[0]}: import cycle: ${cycle.join(' > ')}`)
  return found
}

/** The pairs of layers that may import each other and do not, each as "LAYER > LAYER". */
export function unusedPairs(sources: Sources): readonly string[] {
  const used = new Set<string>()
  for (const [path, text] of sources) {
    for (const specifier of scan(text).imports.filter(isRelative))
      used.add(`${layerOf(path)} > ${layerOf(resolve(path, specifier))}`)
  }
  const pairs = Object.entries(MAY_IMPORT).flatMap(([from, to]) =>
    to.map((text) => `${from} > ${text}`),
  )
  return pairs.filter((pair) => !used.has(pair))
}

/** The files that `entry` does not reach by imports of any kind, declarations of types left out. */
export function unreachable(sources: Sources, entry: string): readonly string[] {
  const reached = new Set([entry])
  for (const path of reached) {
    const imports = scan(sources.get(path) ?? '').imports.filter(isRelative)
    for (const specifier of imports) reached.add(resolve(path, specifier))
  }
  return [...sources.keys()].filter((path) => !reached.has(path) && !path.endsWith('.d.ts'))
}

/** What is simulated is decided by a seed alone: no clock, no randomness and no timer but its own. */
export function chanceBreaches(sources: Sources): readonly string[] {
  const found: string[] = []
  for (const [path, text] of sources) {
    const { code } = scan(text)
    for (const ban of BANNED_IN_PURE)
      if (ban.pattern.test(code)) found.push(`${path}: uses ${ban.what}`)
  }
  return found
}

/** The breaches that tests can commit: they may import and use what they like. */
export function shapeBreaches(sources: Sources): readonly string[] {
  const found: string[] = []
  for (const [path, text] of sources) checkShape(text, (what) => found.push(`${path}: ${what}`))
  return found
}

type Report = (what: string) => void

function checkShape(text: string, report: Report): void {
  const lines = text.trimEnd().split('\n')
  if (lines.length > MAX_LINES) report(`${lines.length} lines, more than ${MAX_LINES}`)
  if (!/^\/\/ \S/.test(lines[0] ?? ''))
    report('the first line is no comment that says what it is for')
}

function checkBans(path: string, code: string, report: Report): void {
  const bans = [
    ...BANNED_EVERYWHERE,
    ...(path === 'src/main.ts' ? [] : [BANNED_OUTSIDE_MAIN]),
    ...(isPure(path) ? BANNED_IN_PURE : []),
  ]
  for (const ban of bans) if (ban.pattern.test(code)) report(`uses ${ban.what}`)
}

/** The one way to files has no second one beside it. */
function checkFileCalls(path: string, text: string, imports: readonly string[], report: Report) {
  const more = WAYS_TO_FILES[path] ?? []
  const from = imports.filter((other) => /^(node:)?fs(\/|$)/.test(other))
  if (more === 'all' || from.length === 0 || isPure(path)) return
  const [names, ...others] = [...text.matchAll(/import\s*{([^}]*)}\s*from\s*'node:fs'/g)]
  if (names === undefined || others.length > 0 || from.length > 1) {
    report('imports node:fs in more than one piece, or not name by name')
    return
  }
  for (const part of (names[1] ?? '').split(',')) {
    const name = part.trim().replace(/^type\s+/, '')
    if (name === '' || FREE_FILE_CALLS.includes(name) || more.includes(name)) continue
    report(`uses ${name} of node:fs, and src/adapters/folder.ts is the way to files`)
  }
}

function checkImport(path: string, specifier: string, report: Report): void {
  if (isRelative(specifier)) checkDirection(path, resolve(path, specifier), report)
  else if (!mayUse(path, specifier)) report(`imports ${specifier}`)
}

function mayUse(path: string, specifier: string): boolean {
  if (specifier === 'bun' || specifier.startsWith('bun:')) return false
  if (specifier.startsWith('node:')) return !isPure(path) && layerOf(path) !== 'ports'
  return !isPure(path) || (PURE_PACKAGES[layerOf(path) ?? ''] ?? []).includes(specifier)
}

function checkDirection(path: string, target: string, report: Report): void {
  if (target === 'package.json') return
  const from = layerOf(path)
  const to = layerOf(target)
  if (from === null || to === null) {
    report(`imports ${target}, which is in no known folder`)
    return
  }
  const isAllowed =
    from === 'adapters' && to === 'adapters'
      ? adapterOf(path) === adapterOf(target) || SHARED_ADAPTERS.includes(target)
      : from === to || (MAY_IMPORT[from] as readonly Layer[]).includes(to)
  if (!isAllowed) report(`imports ${target}: ${from} may not import ${to}`)
  if (target === 'src/core/state.ts' && from !== 'core' && !STATE_HOLDERS.includes(path))
    report('imports the state of the core, and what it hands out is in src/core/facts.ts')
}

/** An adapter is a file, or a folder of files that know each other. */
function adapterOf(path: string): string {
  return /^src\/adapters\/([^/.]+)/.exec(path)?.[1] ?? path
}

function isPure(path: string): boolean {
  return (PURE as readonly string[]).includes(layerOf(path) ?? '')
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('.')
}

function resolve(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier)
}

/** Each cycle once, as the path around it that ends where it began. */
function cycles(edges: ReadonlyMap<string, readonly string[]>): readonly string[][] {
  const found: string[][] = []
  const done = new Set<string>()
  const visit = (node: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(node)
    if (seenAt !== -1) {
      found.push([...trail.slice(seenAt), node])
      return
    }
    if (done.has(node)) return
    for (const next of edges.get(node) ?? []) visit(next, [...trail, node])
    done.add(node)
  }
  for (const node of edges.keys()) visit(node, [])
  return found
}
