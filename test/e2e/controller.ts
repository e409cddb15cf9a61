// Where Ansible runs: on the switch, with a copy of inventory/example and a key to the hosts.
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
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
  /** The inventory's folder. */
  readonly inventory: string
  /** Has variables of the group be what they are here, above those of inventory/example. */
  set(variables: Variables): void
  /** A file of group_vars/recursors. */
  read(name: string): string
  write(name: string, text: string): void
  /** A server that is not in inventory/example. */
  addServer(server: Pick<Machine, 'name' | 'v4' | 'v6'>, variables: Variables): void
  removeServer(): void
  /** Runs a playbook to its end, whatever that is. */
  play(fleet: Fleet, playbook: string, args?: readonly string[]): Promise<Play>
  remove(): void
}

export type Variables = Readonly<Record<string, unknown>>

export interface Play {
  readonly code: number
  /** All that was said, for a test that fails. */
  readonly text: string
  /** What it came to for each host that took part. */
  readonly recap: Readonly<Record<string, Recap>>
}

/** Nothing of the user's own is read or written. */
export function createController(): Controller {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-e2e-'))
  const key = join(folder, 'key')
  const made = Bun.spawnSync(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key])
  if (made.exitCode !== 0) throw new Error(`ssh-keygen: ${made.stderr}`)
  chmodSync(key, 0o600)
  const inventory = join(folder, 'inventory')
  cpSync(join(REPOSITORY, 'inventory/example'), inventory, { recursive: true })
  mkdirSync(join(inventory, 'host_vars'), { recursive: true })
  const environment = {
    HOME: folder,
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ANSIBLE_CONFIG: join(REPOSITORY, 'ansible.cfg'),
    ANSIBLE_NOCOLOR: '1',
    ANSIBLE_REMOTE_USER: 'root',
    ANSIBLE_PRIVATE_KEY_FILE: key,
    ANSIBLE_SSH_CONTROL_PATH_DIR: join(folder, 'cp'),
    ANSIBLE_SSH_COMMON_ARGS: [
      `-o UserKnownHostsFile=${join(folder, 'known_hosts')}`,
      '-o StrictHostKeyChecking=accept-new -o ConnectTimeout=5',
    ].join(' '),
    ANSIBLE_CALLBACKS_ENABLED: 'profile_tasks',
  }
  const variablesOf = (name: string) => join(inventory, 'group_vars/recursors', name)
  const added = join(inventory, 'more.yml')
  return {
    publicKey: readFileSync(`${key}.pub`, 'utf8'),
    folder,
    inventory,
    set: (variables) => writeFileSync(variablesOf('zz-test.yml'), JSON.stringify(variables)),
    read: (name) => readFileSync(variablesOf(name), 'utf8'),
    write: (name, text) => writeFileSync(variablesOf(name), text),
    addServer({ name, v4, v6 }, variables) {
      const host = { ansible_host: v4, holdfast_addresses: [v4, v6], ...variables }
      writeFileSync(added, JSON.stringify({ recursors: { hosts: { [name]: host } } }))
    },
    removeServer: () => rmSync(added),
    async play(fleet, playbook, args = []) {
      const entries = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
      const command = ['ansible-playbook', '-i', inventory, playbook, ...args]
      const where = ['env', `--chdir=${REPOSITORY}`, ...entries]
      const done = await fleet.exec([...where, ...command])
      const text = `$ ${command.join(' ')}\n${done.stdout}${done.stderr}`
      keepLog(text)
      return { code: done.code, text, recap: readRecap(done.stdout) }
    },
    remove: () => rmSync(folder, { recursive: true }),
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
