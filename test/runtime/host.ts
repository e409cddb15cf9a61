// A host for daemons under test: a network and mounts of its own, real named, and a temporary folder.
import { afterAll, beforeAll } from 'bun:test'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { untilStopped } from '../support/stopped.ts'
import { createLines, type Lines } from './lines.ts'

export const REPOSITORY = resolve(import.meta.dir, '../..')

const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const PROGRAMS = ['unshare', 'nsenter', 'setpriv', 'ip', 'mount', 'perl', 'named']

/** Null where such a host can be made, else the reason in a sentence. */
export const whyNoHost: string | null = findObstacle()

export interface Program {
  readonly pid: number
  /** What it prints, both outputs together. */
  readonly lines: Lines
  readonly exited: Promise<number | NodeJS.Signals>
  signal(signal: NodeJS.Signals): void
  /** Writes a line to its standard input. */
  say(text: string): void
}

export interface Host extends AsyncDisposable {
  /** A folder for the tests' files, the same inside and outside. */
  readonly folder: string
  /** Where a path inside is found from outside: mounts are made inside alone. */
  path(inner: string): string
  /** What stands before a command that is to run inside. */
  readonly inside: readonly string[]
  /** Runs a shell command inside to its end, and fails unless it succeeds. */
  sh(command: string): string
  /** Runs `ip` in the host's network but with the mounts outside. */
  ip(words: string): void
  start(command: readonly string[], env?: Readonly<Record<string, string>>): Program
  /** Starts named on port 53 of every address and waits until it answers; `zones` are added to its own. */
  startNamed(zones?: string): Promise<Program>
}

function findObstacle(): string | null {
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  const missing = PROGRAMS.filter((program) => Bun.which(program, { PATH: SEARCH_PATH }) === null)
  if (missing.length > 0) return `there is no ${missing.join(', ')} here`
  const trial = spawnSync('unshare', ['--net', '--mount', '--uts', 'true'])
  return trial.status === 0 ? null : `no namespaces can be made here: ${trial.stderr}`
}

/** Holds the namespaces until its standard input closes, which the test's end does for us. */
const HOLDER = `
set -e
hostname dns7.example.net
mount -t sysfs none /sys
ip link set lo up
echo ready
while read -r _; do :; done
`

/** Ends with the test process, whatever ended that. */
const MORTAL = ['setpriv', '--pdeathsig', 'KILL', '--']

export async function createHost(): Promise<Host> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-host-'))
  const unshare = ['unshare', '--net', '--mount', '--uts', '--propagation', 'private', '--']
  const holder = launch([...unshare, 'sh', '-c', HOLDER])
  await holder.lines.until(/^ready$/)
  const enter = (flags: readonly string[]) => ['nsenter', '-t', `${holder.pid}`, ...flags, '--']
  const inside = enter(['-n', '-m', '-u'])
  const programs = new Set<Program>([holder])

  const host: Host = {
    folder,
    inside,
    path: (inner) => `/proc/${holder.pid}/root${inner}`,
    sh: (command) => runToEnd([...inside, 'sh', '-c', command]),
    ip: (words) => void runToEnd([...enter(['-n']), 'ip', ...words.split(' ')]),
    start(command, env = {}) {
      const program = launch([...MORTAL, ...inside, ...command], env)
      programs.add(program)
      void program.exited.then(() => programs.delete(program))
      return program
    },
    async startNamed(zones = '') {
      const conf = join(folder, 'named.conf')
      mkdirSync(join(folder, 'named'), { recursive: true })
      writeFileSync(conf, `${namedConf(join(folder, 'named'))}${zones}`)
      const named = host.start(['named', '-g', '-n', '1', '-u', 'root', '-c', conf])
      await named.lines.until(/\brunning$/)
      return named
    },
    async [Symbol.asyncDispose]() {
      const living = [...programs]
      for (const program of living) program.signal('SIGKILL')
      await Promise.all(living.map((program) => program.exited))
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return host
}

/**
 * A host for all tests of the calling `describe`, which is there when these begin.
 * @param prepare what else there must be by then; without it, named
 */
export function hostForAllTests(
  prepare: (host: Host) => Promise<unknown> = (host) => host.startNamed(),
): Host {
  const host = {} as Host
  beforeAll(async () => {
    await prepare(Object.assign(host, await createHost()))
  })
  afterAll(() => host[Symbol.asyncDispose]())
  return host
}

/** The zone that is asked for by default is one that named serves without being told. */
function namedConf(directory: string): string {
  return `options {
  directory "${directory}";
  pid-file none; session-keyfile none;
  listen-on { any; }; listen-on-v6 { any; };
  recursion yes; allow-query { any; }; dnssec-validation no; forward only; forwarders { };
};
controls { };
`
}

function launch(command: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    env: { PATH: SEARCH_PATH, HOME: '/root', LANG: 'C.UTF-8', TZ: 'UTC', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const lines = createLines(command.slice(-3).join(' '), [child.stdout, child.stderr])
  child.stdin.on('error', () => {})
  return {
    pid: child.pid ?? 0,
    lines,
    exited: exitOf(child),
    signal(signal) {
      child.kill(signal)
      if (signal === 'SIGSTOP') untilStopped(child.pid ?? 0)
    },
    say: (text) => void child.stdin.write(`${text}\n`),
  }
}

/** Resolves once the process has ended and all that it printed has been read. */
function exitOf(child: ChildProcess): Promise<number | NodeJS.Signals> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? signal ?? -1))
  })
}

function runToEnd(command: readonly string[]): string {
  const [program = '', ...args] = command
  const done = spawnSync(program, args, { encoding: 'utf8', env: { PATH: SEARCH_PATH } })
  if (done.status === 0) return done.stdout
  throw new Error(`${command.join(' ')}: ${done.status} ${done.stderr}`)
}
