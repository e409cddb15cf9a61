// The site of inventory/balancers: real servers as machines, balancers as guests with IPVS, Ansible on the switch.
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { succeed } from '../../lab/inside.ts'
import { REPOSITORY } from '../../lab/namespace.ts'
import type { Completed, LabProcess } from '../../lab/process.ts'
import type { Machine } from '../../machines/machine.ts'
import { createMachines, type Machines } from '../../machines/machines.ts'
import { letIn } from '../hosts.ts'
import { type Recap, readRecap } from '../recap.ts'
import { makeRelease } from '../release.ts'
import { bootGuest } from './guest.ts'

const REAL_SERVERS = ['ns1', 'ns2'] as const
/** A machine that a balancer is made of in vain: the computer that runs the tests need not have IPVS. */
export const UNABLE = 'unable'
const GUESTS = { lb1: 21, lb2: 22 } as const
export type BalancerName = keyof typeof GUESTS

export interface Play {
  readonly code: number
  readonly text: string
  readonly recap: Readonly<Record<string, Recap>>
  readonly tookS: number
}

export interface Site {
  readonly machines: Machines
  readonly realServers: readonly Machine[]
  readonly folder: string
  /** The inventory's folder: a copy that a test may write to. */
  readonly inventory: string
  play(playbook: string, ...args: readonly string[]): Promise<Play>
  /** Boots balancers, and returns once they let somebody in. */
  boot(...names: readonly BalancerName[]): Promise<void>
  on(name: BalancerName, command: string): Promise<Completed>
  /** As `on`, but fails unless the command succeeds; returns its output. */
  run(name: BalancerName, command: string): Promise<string>
  destroy(): Promise<void>
}

const BOOT_CEILING_MS = 300_000
/** An emulated processor takes its time for a login. */
const SSH_OPTIONS = '-o StrictHostKeyChecking=accept-new -o ConnectTimeout=60'

export async function createSite(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-site-'))
  const key = join(folder, 'key')
  succeed(['ssh-keygen'], {
    ...{ stdout: '', stderr: '' },
    code: Bun.spawnSync(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key]).exitCode,
  })
  chmodSync(key, 0o600)
  const publicKey = readFileSync(`${key}.pub`, 'utf8')
  const inventory = join(folder, 'inventory')
  cpSync(join(REPOSITORY, 'inventory/balancers'), inventory, { recursive: true })
  slowDown(join(inventory, 'group_vars/balancers.yml'))
  const release = await makeRelease(join(folder, 'release'), { commit: 'e2e-balancers' })
  const machines = await createMachines({ names: [...REAL_SERVERS, UNABLE], layer: 'base' })
  const guests: LabProcess[] = []
  const { fleet } = machines
  const known = `${SSH_OPTIONS} -o UserKnownHostsFile=${join(folder, 'known_hosts')}`
  const environment = {
    HOME: folder,
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ANSIBLE_CONFIG: join(REPOSITORY, 'ansible.cfg'),
    ANSIBLE_NOCOLOR: '1',
    ANSIBLE_REMOTE_USER: 'root',
    ANSIBLE_PRIVATE_KEY_FILE: key,
    ANSIBLE_SSH_CONTROL_PATH_DIR: join(folder, 'cp'),
    ANSIBLE_SSH_COMMON_ARGS: known,
    ANSIBLE_TIMEOUT: '60',
    ANSIBLE_CALLBACKS_ENABLED: 'profile_tasks',
  }
  const site: Site = {
    machines,
    realServers: REAL_SERVERS.map((name) => machines.machine(name)),
    folder,
    inventory,
    async play(playbook, ...args) {
      const entries = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
      const said = ['-i', inventory, playbook, '-e', `holdfast_dist=${release}`, ...args]
      const where = ['env', `--chdir=${REPOSITORY}`, ...entries]
      const startMs = performance.now()
      const done = await fleet.exec([...where, 'ansible-playbook', ...said])
      const tookS = Math.round((performance.now() - startMs) / 1000)
      const text = `$ ansible-playbook ${said.join(' ')}\n${done.stdout}${done.stderr}`
      keepLog(text)
      return { code: done.code, text, recap: readRecap(done.stdout), tookS }
    },
    async boot(...names) {
      for (const name of names)
        guests.push(await bootGuest(fleet, { name, number: GUESTS[name], publicKey }))
      await Promise.all(names.map((name) => untilIn(site, name)))
    },
    on: (name, command) =>
      fleet.exec([
        ...['ssh', '-q', '-i', key, ...known.split(' ')],
        ...[`root@192.0.2.${GUESTS[name]}`, command],
      ]),
    run: async (name, command) => succeed([name, command], await site.on(name, command)),
    async destroy() {
      await machines.destroy()
      rmSync(folder, { recursive: true })
    },
  }
  await Promise.all(machines.all.map((host) => letIn(host, publicKey)))
  return site
}

/** An emulated processor is busy for a second with one `holdfast check`. */
function slowDown(file: string): void {
  const text = readFileSync(file, 'utf8')
    .replace('advert_interval: 100ms', 'advert_interval: 1s\n    script_interval: 20s')
    .replace('    local:\n', '    local:\n      timeout: 4s\n')
    .replace(
      '\n  balancer:\n',
      '\n  timing: { check_interval: 4s, slow_threshold_min: 500ms }\n\n  balancer:\n',
    )
  writeFileSync(file, text)
}

async function untilIn(site: Site, name: BalancerName): Promise<void> {
  const deadlineMs = Date.now() + BOOT_CEILING_MS
  for (;;) {
    const { code, stdout } = await site.on(name, 'systemctl is-system-running --wait')
    if (code === 0 || /degraded/.test(stdout)) return
    if (Date.now() > deadlineMs) throw new Error(`nobody is let into ${name}: ${stdout}`)
    await Bun.sleep(500)
  }
}

let kept = 0

/** HOLDFAST_E2E_LOGS=FOLDER keeps what each play said, for those who want to read it. */
function keepLog(text: string): void {
  const logs = process.env.HOLDFAST_E2E_LOGS
  if (logs === undefined) return
  kept += 1
  writeFileSync(join(logs, `balancers-${String(kept).padStart(2, '0')}.txt`), text)
}
