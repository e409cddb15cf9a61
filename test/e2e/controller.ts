// Where Ansible runs: on the switch, in a copy of this repository such as somebody has who has just cloned it.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REPOSITORY } from '../lab/namespace.ts'
import type { Fleet } from '../machines/fleet.ts'
import type { Machine } from '../machines/machine.ts'
import { type Recap, readRecap } from './recap.ts'

export interface Controller {
  readonly publicKey: string
  /** A folder for whatever a test needs, gone with the controller. */
  readonly folder: string
  /** The copy of this repository, where commands are typed. */
  readonly clone: string
  /** What $EDITOR was given to edit, a line a file. */
  edited(): string[]
  /** Has variables of the group be what they are here, above those of the inventory. */
  set(variables: Variables): void
  /** A file of the inventory's group_vars/recursors. */
  read(name: string): string
  write(name: string, text: string): void
  /** Changes texts of such a file, wherever they stand in it; fails where one does not. */
  edit(name: string, changes: Readonly<Record<string, string>>): void
  /** Lets ssh know hosts by their names. */
  introduce(hosts: readonly Pick<Machine, 'name' | 'v4'>[]): void
  /** Has dist/release be this folder. */
  release(folder: string): void
  /** A server that is not in inventory/example. */
  addServer(server: Pick<Machine, 'name' | 'v4' | 'v6'>, variables: Variables): void
  removeServer(): void
  /** Keeps what another controller needs to go on from here. */
  save(folder: string): void
  /** Types a line before there are hosts, where the way to the package registries is open. */
  prepare(line: string): Promise<void>
  /** Types a line, such as a page has it. */
  type(fleet: Fleet, line: string, options?: TypeOptions): Promise<Play>
  /** Runs a playbook to its end, whatever that is. */
  play(fleet: Fleet, playbook: string, args?: readonly string[]): Promise<Play>
  /** Everything that plays have said so far. */
  said(): string
  remove(): void
}

export type Variables = Readonly<Record<string, unknown>>

export interface TypeOptions {
  /** Answers the question for the vault's password, which is known without a question otherwise. */
  readonly asksPassword?: boolean
}

export interface Play {
  readonly code: number
  /** All that was said, for a test that fails. */
  readonly text: string
  /** What it came to for each host that took part. */
  readonly recap: Readonly<Record<string, Recap>>
}

const VAULT_PASSWORD = 'of the vault'

/** What one who goes on where another has been needs of it. */
const KEPT = ['key', 'key.pub', 'first', 'second', 'receivers', 'secrets.json']
const SITE = 'inventory/site'

/**
 * Nothing of the user's own is read or written.
 *
 * @param from a folder that `save` has made, to go on from there
 */
export function createController(from: string | null = null): Controller {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-e2e-'))
  const clone = join(folder, 'holdfast')
  const key = join(folder, 'key')
  if (from === null) {
    copyRepository(clone, ['node_modules', '.cache'])
    const made = Bun.spawnSync(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key])
    if (made.exitCode !== 0) throw new Error(`ssh-keygen: ${made.stderr}`)
    chmodSync(key, 0o600)
  } else {
    copyRepository(clone, [])
    mkdirSync(join(clone, 'dist'))
    for (const name of KEPT) copyLinked(join(from, name), join(folder, name))
    cpSync(join(from, 'site'), join(clone, SITE), { recursive: true })
  }
  const environment = environmentIn(folder, key)
  const variablesOf = (name: string) => join(clone, SITE, 'group_vars/recursors', name)
  const added = join(clone, SITE, 'more.yml')
  let said = ''
  const run = async (fleet: Fleet, command: readonly string[], shown: string, input?: string) => {
    const entries = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
    const unset = input === undefined ? [] : ['--unset=ANSIBLE_VAULT_PASSWORD_FILE']
    // A session without a terminal: questions are answered from standard input.
    const where = ['env', `--chdir=${clone}`, ...entries, 'env', ...unset, 'setsid', '--wait']
    const startMs = performance.now()
    const done = await fleet.exec([...where, ...command], input)
    const text = `$ ${shown}\n${done.stdout}${done.stderr}`
    said += text
    keepLog(`${text}took ${((performance.now() - startMs) / 1000).toFixed(1)} s\n`)
    return { code: done.code, text, recap: readRecap(done.stdout) }
  }
  return {
    publicKey: readFileSync(`${key}.pub`, 'utf8'),
    folder,
    clone,
    edited: () => readFileSync(join(folder, 'edited'), 'utf8').trim().split('\n'),
    set: (variables) => writeFileSync(variablesOf('zz-test.yml'), JSON.stringify(variables)),
    read: (name) => readFileSync(variablesOf(name), 'utf8'),
    write: (name, text) => writeFileSync(variablesOf(name), text),
    edit(name, changes) {
      let text = readFileSync(variablesOf(name), 'utf8')
      for (const [from, to] of Object.entries(changes)) {
        if (!text.includes(from)) throw new Error(`${name} has no ${from}\n${text}`)
        text = text.replaceAll(from, to)
      }
      writeFileSync(variablesOf(name), text)
    },
    introduce(hosts) {
      const known = hosts.map(({ name, v4 }) => `Host ${name}\n  HostName ${v4}\n`)
      writeFileSync(join(folder, 'ssh_config'), `${sshConfig(folder, key)}${known.join('')}`)
    },
    release(release) {
      const link = join(clone, 'dist/release')
      rmSync(link, { force: true })
      symlinkSync(release, link)
    },
    addServer({ name, v4, v6 }, variables) {
      const host = { ansible_host: v4, holdfast_addresses: [v4, v6], ...variables }
      writeFileSync(added, JSON.stringify({ recursors: { hosts: { [name]: host } } }))
    },
    removeServer: () => rmSync(added),
    save(to) {
      for (const name of KEPT) copyLinked(join(folder, name), join(to, name))
      cpSync(join(clone, SITE), join(to, 'site'), { recursive: true })
    },
    async prepare(line) {
      const env = { ...process.env, ...environment, HOLDFAST_COMMIT: 'e2e-first' }
      const options = {
        cwd: clone,
        env,
        stdin: 'ignore',
        stdout: 'ignore',
        stderr: 'pipe',
      } as const
      const child = Bun.spawn(['bash', '-c', line], options)
      const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited])
      if (code !== 0) throw new Error(`${line}: exit ${code}\n${stderr}`)
    },
    type: (fleet, line, { asksPassword = false } = {}) =>
      run(fleet, ['bash', '-c', line], line, asksPassword ? `${VAULT_PASSWORD}\n` : undefined),
    play(fleet, playbook, args = []) {
      const command = ['ansible-playbook', '-i', SITE, playbook, ...args]
      return run(fleet, command, command.join(' '))
    },
    said: () => said,
    remove: () => rmSync(folder, { recursive: true }),
  }
}

/** What is made here or comes from elsewhere is no part of a clone. */
const NOT_CLONED = ['.git', '.cache', 'node_modules', 'dist'].map((name) => join(REPOSITORY, name))

/** @param fetched what build/setup and build/build would fetch, and is here */
function copyRepository(clone: string, fetched: readonly string[]): void {
  cpSync(REPOSITORY, clone, { recursive: true, filter: (path) => !NOT_CLONED.includes(path) })
  for (const name of fetched)
    if (existsSync(join(REPOSITORY, name))) copyLinked(join(REPOSITORY, name), join(clone, name))
}

/** Links to files cost nothing where both are on one disk; for what nobody writes to. */
function copyLinked(from: string, to: string): void {
  const linked = Bun.spawnSync(['cp', '--archive', '--link', from, to])
  if (linked.exitCode === 0) return
  rmSync(to, { recursive: true, force: true })
  const copied = Bun.spawnSync(['cp', '--archive', from, to])
  if (copied.exitCode !== 0) throw new Error(`${copied.stderr}`)
}

const SEARCH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** An ssh that goes by a file here, where a reader has a file at home. */
function writeSsh(folder: string, key: string): void {
  writeFileSync(join(folder, 'ssh_config'), sshConfig(folder, key))
  mkdirSync(join(folder, 'bin'))
  const script = `#!/bin/sh\nexec ${Bun.which('ssh', { PATH: SEARCH })} -F ${folder}/ssh_config "$@"\n`
  writeFileSync(join(folder, 'bin/ssh'), script, { mode: 0o755 })
}

/** For all hosts, and to be followed by what is for one. */
function sshConfig(folder: string, key: string): string {
  return `User root
IdentityFile ${key}
UserKnownHostsFile ${folder}/known_hosts
StrictHostKeyChecking accept-new
`
}

function environmentIn(folder: string, key: string): Record<string, string> {
  const editor = join(folder, 'editor')
  writeFileSync(editor, `#!/bin/sh\nprintf '%s\\n' "$@" >${folder}/edited\n`, { mode: 0o755 })
  writeSsh(folder, key)
  const password = join(folder, 'password')
  writeFileSync(password, `${VAULT_PASSWORD}\n`, { mode: 0o600 })
  return {
    HOME: folder,
    PATH: `${folder}/bin:${SEARCH}`,
    EDITOR: editor,
    ANSIBLE_NOCOLOR: '1',
    ANSIBLE_REMOTE_USER: 'root',
    ANSIBLE_PRIVATE_KEY_FILE: key,
    ANSIBLE_VAULT_PASSWORD_FILE: password,
    ANSIBLE_SSH_CONTROL_PATH_DIR: join(folder, 'cp'),
    ANSIBLE_SSH_COMMON_ARGS: [
      `-o UserKnownHostsFile=${join(folder, 'known_hosts')}`,
      '-o StrictHostKeyChecking=accept-new -o ConnectTimeout=5',
    ].join(' '),
  }
}

/** Where the texts of all plays go, for those who want to read them. */
const LOGS = process.env.HOLDFAST_E2E_LOGS
let kept = 0

function keepLog(text: string): void {
  if (LOGS === undefined) return
  mkdirSync(LOGS, { recursive: true })
  kept += 1
  writeFileSync(join(LOGS, `${String(kept).padStart(2, '0')}.txt`), text)
}
