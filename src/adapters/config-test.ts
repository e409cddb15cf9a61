// Puts a rendered file to the program that will read it, before that file takes anybody's place.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { replaceIn } from './atomic-file.ts'
import { type Folder, inFolder } from './folder.ts'

export type TestResult =
  | { readonly kind: 'accepted' }
  /** What the program said, line by line. */
  | { readonly kind: 'refused'; readonly said: readonly string[] }
  /** The program is not on this host. */
  | { readonly kind: 'absent' }
  /** The program is, but the kernel does not let it look. */
  | { readonly kind: 'barred' }

/** Programs of administrators are not on everybody's PATH. */
const SEARCH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const CEILING_MS = 20_000
const ENDED_ITSELF = 'ended by SIGTERM'

/**
 * `keepalived --config-test`, which complains about what it would otherwise pass over in silence.
 *
 * It succeeds on a file that is not there, so the file is written first and a failure to write is
 * an error of its own. And 2.2.7 ends itself by SIGTERM when the scripts' user is not root, after it
 * has said all that it has to say: then only its silence tells that the file is good. From 2.2.8 on
 * it looks for the folder of each track_file. That is no matter of the text, and another folder
 * stands in for one that is missing.
 *
 * @param trackFolders the folders of its track_files
 */
export function testKeepalivedConf(text: string, trackFolders: readonly string[]): TestResult {
  return inScratchFolder((folder) => {
    const missing = trackFolders.filter((trackFolder) => !existsSync(trackFolder))
    const tested = missing.reduce(
      (all, path) => all.replaceAll(` file ${path}/`, ` file ${folder.path}/`),
      text,
    )
    const file = write(folder, 'keepalived.conf', tested)
    const result = judge(['keepalived', '--config-test', `--use-file=${file}`], file)
    const isSilent = result.kind === 'refused' && result.said.join() === ENDED_ITSELF
    return isSilent ? { kind: 'accepted' } : result
  })
}

/** What the keepalived of this host says that it is; null where there is none. */
export function keepalivedVersion(): string | null {
  const done = runProgram(['keepalived', '--version'])
  return done.error === undefined ? `${done.stdout}${done.stderr}` : null
}

/** `named-checkconf` with the text where it belongs: inside of the options, or beside them. */
export function testNamedConf(text: string, place: 'options' | 'rate-limit' | 'top'): TestResult {
  return inScratchFolder((folder) => {
    const rendered = write(folder, 'holdfast.conf', text)
    const include = `include "${rendered}";`
    const inside = { options: include, 'rate-limit': `rate-limit { ${include} };`, top: '' }[place]
    const beside = place === 'top' ? include : ''
    const options = `options {\n  directory "${folder.path}";\n  ${inside}\n};\n${beside}\n`
    const main = write(folder, 'named.conf', options)
    return judge(['named-checkconf', main], rendered)
  })
}

/**
 * `nft --check`. It asks the kernel, which answers nobody but root, and in a container nobody at
 * all: nothing is wrong with the file then.
 */
export function testNftFile(text: string): TestResult {
  return inScratchFolder((folder) => {
    const file = write(folder, 'balancer.nft', text)
    const result = judge(['nft', '--check', '--file', file], file)
    const isBarred = result.kind === 'refused' && result.said.some((line) => NFT_BARRED.test(line))
    return isBarred ? { kind: 'barred' } : result
  })
}

const NFT_BARRED = /you must be root|cache initialization failed|Unable to initialize/i

function runProgram([program = '', ...args]: readonly string[]) {
  const env = { ...process.env, LC_ALL: 'C', PATH: `${process.env.PATH ?? ''}:${SEARCH}` }
  const limits = { timeout: CEILING_MS, killSignal: 'SIGKILL', cwd: '/' } as const
  return spawnSync(program, args, { env, encoding: 'utf8', ...limits })
}

function judge(command: readonly string[], file: string): TestResult {
  const done = runProgram(command)
  if ((done.error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT')
    return { kind: 'absent' }
  if (done.status === 0) return { kind: 'accepted' }
  const lines = `${done.stdout ?? ''}${done.stderr ?? ''}`.split('\n')
  // The file's place is an accident of the test.
  const said = lines.map((line) => line.replaceAll(file, 'rendered file').trimEnd())
  return { kind: 'refused', said: [...said.filter((line) => line !== ''), howItEnded(done)] }
}

function howItEnded(done: ReturnType<typeof spawnSync>): string {
  if (done.error !== undefined) return `it could not be run: ${done.error.message}`
  return done.signal === null ? `exit code ${done.status}` : `ended by ${done.signal}`
}

/** For its owner alone: it may hold a secret. */
function write(folder: Folder, name: string, text: string): string {
  replaceIn(folder, name, text, { mode: 0o600, durable: false })
  return join(folder.path, name)
}

/**
 * Runs `use` with an empty folder that is gone afterwards. Root's is in /run, which is root's alone:
 * whoever owns the folder that TMPDIR names could put a link where a program is told to look.
 */
export function inScratchFolder<T>(use: (folder: Folder) => T): T {
  const above = process.geteuid?.() === 0 ? '/run' : tmpdir()
  const path = mkdtempSync(join(above, 'holdfast-test-'))
  try {
    return inFolder(path, use)
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}
