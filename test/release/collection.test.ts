// The collection: installed without a network, its playbooks find their roles and templates.
import { beforeAll, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { folderForAllTests } from '../support/temporary-folder.ts'
import { ROOT, released, run } from './made.ts'

const ANSIBLE_TIMEOUT_MS = 120_000
const PLAYBOOKS = ['doctor', 'drain', 'rollback', 'site', 'undrain']
const folder = folderForAllTests()
const inventory = join(folder, 'inventory.yml')
const installed = join(folder, 'ansible_collections/holdfast/dns')
const environment = {
  ANSIBLE_COLLECTIONS_PATH: folder,
  ANSIBLE_LOCAL_TEMP: join(folder, 'ansible'),
  ANSIBLE_REMOTE_TEMP: join(folder, 'remote'),
  ANSIBLE_CONFIG: join(folder, 'ansible.cfg'),
  ANSIBLE_NOCOLOR: '1',
}

beforeAll(() => {
  writeFileSync(environment.ANSIBLE_CONFIG, '')
  const words = ['collection', 'install', released('.tar.gz'), '--offline', '-p', folder]
  run('ansible-galaxy', words, environment)
  const host = '{ansible_connection: local, ansible_become: false}'
  writeFileSync(inventory, `recursors:\n  hosts:\n    ns1: ${host}\n    ns2: ${host}\n`)
}, ANSIBLE_TIMEOUT_MS)

const play = (playbook: string, ...words: readonly string[]) => [
  ...['--inventory', inventory, `holdfast.dns.${playbook}`, ...words],
]

test('bears the version of the package, and all roles', () => {
  const manifest = JSON.parse(readFileSync(join(installed, 'MANIFEST.json'), 'utf8'))
  expect(manifest.collection_info).toMatchObject({
    ...{ namespace: 'holdfast', name: 'dns', version: packageJson.version },
  })
  const folders = (path: string) =>
    readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
  expect(folders(join(installed, 'roles')).sort()).toEqual(folders(join(ROOT, 'roles')).sort())
})

test(
  'its playbooks find their roles',
  () => {
    const playbooks = PLAYBOOKS.map((name) => `holdfast.dns.${name}`)
    run('ansible-playbook', ['-i', inventory, '--syntax-check', ...playbooks], environment)
    const tasks = run('ansible-playbook', play('site', '--list-tasks'), environment)
    // That of a balancer is included by its short name when its turn comes: see below.
    for (const role of ['rollout', 'holdfast', 'bind', 'keepalived'])
      expect(tasks).toContain(`holdfast.dns.${role} : `)
    expect(tasks).toContain('Configure balancer')
  },
  ANSIBLE_TIMEOUT_MS,
)

test(
  'a role that a play includes by its short name is found',
  () => {
    const nothing = ['--check', '--extra-vars', `rollout_known_good=${folder}/nothing`]
    const said = spawnSync('ansible-playbook', play('rollback', '--limit=ns1', ...nothing), {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, ...environment },
    })
    // How far it comes from there is this host's affair: it may have no systemd.
    expect(said.stdout).toContain('TASK [holdfast.dns.rollout : List running services]')
    expect(said.stdout).not.toContain('was not found')
  },
  ANSIBLE_TIMEOUT_MS,
)

test('the example of an inventory is one', () => {
  const hosts = join(installed, 'docs/inventory/hosts.yml')
  const listed = JSON.parse(run('ansible-inventory', ['-i', hosts, '--list'], environment))
  expect(listed.recursors.hosts).toHaveLength(4)
})
