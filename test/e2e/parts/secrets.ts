// Secrets, from an encrypted vault to those that want them, and nowhere else.
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Machine } from '../../machines/machine.ts'
import { linesOf, makeSecrets, type Secrets, VERSIONS, writeVault } from '../secrets.ts'
import { changes, type World } from '../world.ts'

const FOLDER = '/etc/holdfast/secrets'
const OWNERS = { chat: 'holdfast:root 600', smtp: 'holdfast:root 600', vrrp: 'root:root 600' }
/** Where secrets might have been left behind: files on disk and in memory, and all journals. */
const PLACES = ['/etc', '/root', '/run', '/tmp', '/usr/local', '/var']

export function secrets(world: () => World): void {
  test('the inventory has them encrypted', () => {
    const { controller, secrets: kept } = world()
    expect(controller.read('vault.yml')).toStartWith('$ANSIBLE_VAULT;1.1;AES256\n')
    const { stdout } = Bun.spawnSync([
      'grep',
      '-rlF',
      ...patterns(kept),
      join(controller.clone, 'inventory'),
    ])
    expect(`${stdout}`).toBe('')
  })

  test('each is a file that whoever needs it may read, and nobody else', async () => {
    const { secrets: kept, servers } = world()
    for (const host of servers) {
      expect(await host.run(['stat', '--format=%U:%G %a', FOLDER])).toBe('root:holdfast 750\n')
      for (const [name, owner] of Object.entries(OWNERS)) {
        expect(await host.run(['stat', '--format=%U:%G %a', `${FOLDER}/${name}`])).toBe(
          `${owner}\n`,
        )
        expect(host.read(`${FOLDER}/${name}`)).toBe(kept[name as keyof Secrets])
      }
    }
  })

  test('the chat room and the mail server are told them', async () => {
    for (const line of linesOf(world().secrets))
      await world().receivers.log.waitFor(new RegExp(`^${line}$`))
  })

  test('no run shows them: not in diff mode, not when it tells all, not when they change', async () => {
    const { controller, secrets: kept, servers } = world()
    const [, ns2] = servers
    const vault = controller.read('vault.yml')
    const settings = controller.read('holdfast.yml')
    const others = makeSecrets()
    writeVault(controller, others)
    expect((await world().type('Secrets', /^ansible-vault/)).code).toBe(0)
    controller.edit('holdfast.yml', Object.fromEntries(VERSIONS))
    const args = ['--check', '--diff', '-vvv', `--limit=${ns2.name}`]
    const play = await world().play('site.yml', ...args)
    controller.write('holdfast.yml', settings)
    controller.write('vault.yml', vault)
    expect(changes(play)[ns2.name]).toBeGreaterThan(2)
    expect(play.text).toMatch(/\+ +auth_pass \*\*\*/)
    expect(play.text).toMatch(/Install secrets[\s\S]*?changed: \[ns2\][\s\S]{0,80}censored/)
    for (const secret of [...Object.values(kept), ...Object.values(others)])
      expect(controller.said().includes(secret)).toBe(false)
  })

  test('the password of version 2 goes into a file for root alone', async () => {
    const { secrets: kept, servers } = world()
    const [, ns2] = servers
    const [toml, conf] = ['/root/version-2.toml', '/root/version-2.conf']
    const version3 = ns2.read('/etc/holdfast/holdfast.toml')
    const version2 = version3
      .replace('vrrp_version = 3', `vrrp_version = 2\nauth_pass_file = "${FOLDER}/vrrp"`)
      .replace('"100ms"', '"1s"')
    ns2.write(toml, version2)
    await ns2.run(['holdfast', 'render-config', '--config', toml, '--output', conf])
    expect(await ns2.run(['stat', '--format=%U:%G %a', conf])).toBe('root:root 600\n')
    expect(ns2.read(conf)).toContain(`auth_pass ${kept.vrrp}\n`)
    for (const file of [toml, conf]) ns2.remove(file)
  })

  test('nothing else on a host has one of them, journals included', async () => {
    const { secrets: kept, servers } = world()
    for (const host of servers)
      expect({ host: host.name, found: await filesWith(host, kept) }).toEqual({
        host: host.name,
        found: Object.keys(OWNERS).map((name) => join(FOLDER, name)),
      })
  })
}

async function filesWith(host: Machine, kept: Secrets): Promise<string[]> {
  const grep = ['grep', '-rlF', '--devices=skip', ...patterns(kept), ...PLACES]
  const { stdout } = await host.exec(grep)
  const journal = await host.run(['journalctl', '--no-pager', '--all', '--output=export'])
  for (const secret of Object.values(kept)) expect(journal.includes(secret)).toBe(false)
  return stdout.trim().split('\n').sort()
}

function patterns(kept: Secrets): string[] {
  return Object.values(kept).flatMap((secret) => ['-e', secret])
}
