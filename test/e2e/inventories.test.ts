// The inventories to copy: what the roles make of each host's variables is a sound configuration.
import { expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig, parseRenderable } from '../../src/config/parse.ts'
import { formatDiagnostics } from '../../src/config/text/diagnostic.ts'
import { REPOSITORY } from '../lab/namespace.ts'

setDefaultTimeout(300_000)

/** The role itself is skipped: it only lends its variables. */
const PLAY = `- hosts: all
  gather_subset: [min]
  connection: local
  tasks:
    - ansible.builtin.import_role:
        name: holdfast
        tasks_from: without-package
      when: false
    - ansible.builtin.copy:
        content: "{{ lookup('ansible.builtin.template', '${REPOSITORY}/roles/holdfast/templates/holdfast.toml.j2') }}"
        dest: "{{ folder }}/{{ inventory_hostname }}.toml"
        mode: "0644"
`

/** The holdfast.toml of each host of an inventory, by the host's name. */
function configurations(inventory: string, extra: Variables = {}): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-inventory-'))
  try {
    const play = join(folder, 'play.yml')
    writeFileSync(play, PLAY)
    const where = ['-i', join(REPOSITORY, 'inventory', inventory)]
    const variables = JSON.stringify({ ...extra, folder })
    const run = Bun.spawnSync(['ansible-playbook', ...where, play, '-e', variables], {
      env: environmentIn(folder),
    })
    if (run.exitCode !== 0) throw new Error(`${run.stdout}${run.stderr}`)
    const names = readdirSync(folder).filter((name) => name.endsWith('.toml'))
    return new Map(
      names.map((name) => [name.replace('.toml', ''), readFileSync(join(folder, name), 'utf8')]),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

type Variables = Readonly<Record<string, unknown>>

/** The lines of an order file, as the role makes them of its variable. */
function orderOf(order: readonly unknown[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-order-'))
  try {
    const play = join(folder, 'play.yml')
    const debug =
      '    - ansible.builtin.debug:\n        msg: "{{ holdfast_order_lines.p | to_json }}"\n'
    writeFileSync(play, `${PLAY.slice(0, PLAY.indexOf('    - ansible.builtin.copy'))}${debug}`)
    const run = Bun.spawnSync(
      [
        'ansible-playbook',
        '-i',
        'ns1,',
        play,
        '-e',
        JSON.stringify({ holdfast_orders: { p: order } }),
      ],
      { env: environmentIn(folder) },
    )
    return `${run.stdout}${run.stderr}`.replaceAll('\\', '')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function environmentIn(folder: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    LANG: 'C.UTF-8',
    ANSIBLE_ROLES_PATH: join(REPOSITORY, 'roles'),
    ANSIBLE_LOCAL_TEMP: folder,
    ANSIBLE_REMOTE_TEMP: folder,
  }
}

function sound(text: string, hostname: string) {
  const context = { file: `${hostname}.toml`, hostname }
  const parsed = parseConfig(text, context)
  if (!parsed.ok) throw new Error(formatDiagnostics(parsed.diagnostics, { colour: false }))
  return { config: parsed.value, renders: parseRenderable(text, context).ok }
}

const missing = Bun.which('ansible-playbook') === null

test.skipIf(missing)('four servers that share their addresses', () => {
  const all = configurations('example')
  expect(all.size).toBe(4)
  for (const [name, text] of all) {
    const { config, renders } = sound(text, name)
    expect({ name, renders, onLoopback: config.addresses.serviceAddressesOnLoopback }).toEqual({
      ...{ name, renders: true, onLoopback: true },
    })
  }
})

test.skipIf(missing).each([
  ['minimal', 1],
  ['two-addresses', 2],
])('three servers: %s', (inventory, instances) => {
  const all = configurations(inventory)
  expect([...all.keys()].toSorted()).toEqual(['ns1', 'ns2', 'ns3'])
  for (const [name, text] of all) {
    const { config, renders } = sound(text, name)
    expect(renders).toBe(true)
    expect(config.clusters.flatMap((pool) => pool.instances)).toHaveLength(instances)
    expect(text).toContain('interface = "eth0"')
  }
})

test.skipIf(missing)('a server in shadow mode, with an interface of its own', () => {
  const all = configurations('minimal', { holdfast_shadow: true, holdfast_interface: 'ens18' })
  const { config } = sound(all.get('ns2') ?? '', 'ns2')
  expect({
    shadow: config.server.shadow,
    onLoopback: config.addresses.serviceAddressesOnLoopback,
  }).toEqual({
    ...{ shadow: true, onLoopback: false },
  })
  expect(all.get('ns2')).toContain('interface = "ens18"')
})

test.skipIf(missing)('a server is taken out of the order by a reason', () => {
  const order = ['ns1', { name: 'ns2', out: 'waits for a disk' }, { name: 'ns3' }]
  const said = orderOf(order)
  expect(said).toContain('"ns1", "#ns2 waits for a disk", "#ns3"')
})

test.skipIf(missing)('two balancers, and the real servers behind them', () => {
  const all = configurations('balancers')
  expect([...all.keys()].toSorted()).toEqual(['lb1', 'lb2', 'ns1', 'ns2'])
  for (const name of ['lb1', 'lb2']) {
    const { config, renders } = sound(all.get(name) ?? '', name)
    expect(renders).toBe(true)
    expect(config.addresses.serviceAddressesOnLoopback).toBe(false)
    expect(config.servers.map((server) => server.name)).toEqual(['lb1', 'lb2'])
    const own = name === 'lb1' ? '192.0.2.21' : '192.0.2.22'
    expect(config.balancer?.source.map((address) => address.address)).toContain(own)
    const weights = config.balancer?.services[0]?.servers.map((server) => [
      server.name,
      server.weight,
    ])
    expect(weights).toEqual([
      ['ns1', 100],
      ['ns2', 50],
    ])
  }
  for (const name of ['ns1', 'ns2']) {
    const { config, renders } = sound(all.get(name) ?? '', name)
    // Without VRRP there is nothing to render for keepalived.
    expect({
      renders,
      onLoopback: config.addresses.serviceAddressesOnLoopback,
      balancer: config.balancer,
    }).toEqual({
      ...{ renders: false, onLoopback: true, balancer: null },
    })
  }
})
