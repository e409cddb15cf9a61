// `holdfast render-config`: what it prints, writes and refuses, and its exit codes.
import { describe, expect, test } from 'bun:test'
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { holdfast } from '../../support/recorder.ts'
import { INTERFACE, site } from './render-site.ts'

describe('render-config', () => {
  test('prints keepalived.conf, and the same bytes every time', async () => {
    using here = site()
    const said = await here.run()
    expect(said.code).toBe(0)
    expect(said.out).toContain(
      `vrrp_instance recdns0 {\n  state BACKUP\n  interface ${INTERFACE}\n`,
    )
    expect(await here.run('keepalived')).toEqual(said)
  })

  test('prints each of the others, and all of them', async () => {
    using here = site()
    const bind = await here.run('bind')
    const sysctl = await here.run('sysctl')
    expect([bind.code, sysctl.code]).toEqual([0, 0])
    expect(bind.out).toContain('exempt-clients {\n    localhost;\n    192.0.2.53;\n')
    expect(sysctl.out).toContain('net.ipv4.ip_nonlocal_bind = 0')
    const all = await here.run('all')
    expect(all.code).toBe(0)
    const rest = ['bind-zone', 'loopback'].map((kind) => here.run(kind))
    const parts = [bind, sysctl, ...(await Promise.all(rest)), await here.run()]
    for (const part of parts) expect(all.out).toContain(part.out)
  })

  test('bind and sysctl need none of what keepalived needs', async () => {
    using here = site()
    writeFileSync(here.config, '[clusters.p.instances.i]\naddresses = ["192.0.2.53"]\n')
    expect((await here.run('bind')).code).toBe(0)
    expect((await here.run('sysctl')).code).toBe(0)
    const keepalived = await here.run()
    expect(keepalived.code).toBe(2)
    expect(keepalived.err).toContain(`${here.config}:1:23: error[E_RENDER]: `)
    expect(keepalived.out).toBe('')
  })

  test('loopback service addresses need ARP to be quiet, on every interface in use', async () => {
    using here = site('\n[addresses]\nservice_addresses_on_loopback = true\n')
    const { out } = await here.run('sysctl')
    for (const name of ['all', INTERFACE])
      for (const key of ['arp_ignore', 'arp_announce'])
        expect(out).toContain(`net/ipv4/conf/${name}/${key} = ${key === 'arp_ignore' ? 1 : 2}\n`)
    expect((await here.run('all')).out).toContain(out)
  })

  test('rules of nftables are for balancers, unless they are asked for by name', async () => {
    using server = site()
    expect((await server.run('all')).out).not.toContain('holdfast_balancer')
    const none = await server.run('nft')
    expect(none).toMatchObject({ code: 0 })
    expect(none.out).not.toContain('meta mark')
    using balancer = site(
      `[balancer]
source = ["192.0.2.5"]
check_virtual = true
[balancer.services.recdns]
addresses = ["192.0.2.53"]
[balancer.services.recdns.servers.ns1]
addresses = ["192.0.2.11"]
`,
    )
    const rules = await balancer.run('nft')
    expect(rules.code).toBe(0)
    expect(rules.out).toContain('udp sport map { 20000-20127 : 20000 }')
    const all = await balancer.run('all')
    expect(all.code).toBe(0)
    expect(all.out).toContain(`# ==> /etc/holdfast/balancer.nft <==\n${rules.out}`)
    expect(all.out).toContain('virtual_server fwmark 20000 {')
  })

  test('wrong usage', async () => {
    using here = site()
    expect(await here.run('named')).toMatchObject({ code: 2, out: '' })
    expect((await here.run('bnd')).err).toContain('unknown kind "bnd"; did you mean "bind"?')
    expect(await here.run('all', '--output', here.path('out'))).toMatchObject({ code: 2, out: '' })
    expect(await holdfast('render-config', '--config', '/nonexistent')).toMatchObject({ code: 1 })
    const checking = await holdfast('render-config', '--check', '--config', '/nonexistent')
    expect(checking.code).toBe(2)
  })
})

describe('--output', () => {
  test('writes, and leaves alone what is as it should be', async () => {
    using here = site()
    const out = here.path('keepalived.conf')
    const first = await here.run('--output', out)
    expect(first).toMatchObject({ code: 0, out: '' })
    expect(first.err).toContain('written')
    expect(readFileSync(out, 'utf8')).toBe((await here.run()).out)
    const { ino, mode } = statSync(out)
    expect(mode & 0o777).toBe(0o644)
    expect((await here.run('--output', out)).err).toContain('unchanged')
    expect(statSync(out).ino).toBe(ino)
  })

  test('keeps the mode of a file, and a link to it', async () => {
    using here = site()
    const real = here.write('real.conf', 'old\n', 0o640)
    symlinkSync(real, here.path('link.conf'))
    expect((await here.run('--output', here.path('link.conf'))).code).toBe(0)
    expect(readFileSync(real, 'utf8')).toContain('vrrp_instance')
    expect(statSync(real).mode & 0o777).toBe(0o640)
  })

  test('writes to no folder and no device', async () => {
    using here = site()
    mkdirSync(here.path('folder'))
    for (const path of [here.path('folder'), '/dev/null', here.path('none/keepalived.conf')]) {
      const said = await here.run('--output', path)
      expect(said).toMatchObject({ code: 1, out: '' })
      expect(said.err).toContain(path)
    }
  })

  test.skipIf(Bun.which('keepalived') === null)(
    'installs nothing that keepalived refuses',
    async () => {
      using here = site('extra_lines.vrrp_instance = ["bogus 1"]')
      const out = here.write('keepalived.conf', 'as it was\n')
      const said = await here.run('--output', out)
      expect(said).toMatchObject({ code: 1, out: '' })
      expect(said.err).toContain("Unknown keyword 'bogus'")
      expect(said.err).toContain('exit code 5')
      expect(readFileSync(out, 'utf8')).toBe('as it was\n')
      // To look at it is allowed, but it is no success.
      const shown = await here.run()
      expect(shown.code).toBe(1)
      expect(shown.out).toContain('bogus 1')
      expect((await here.run('--check', '--output', out)).code).toBe(2)
    },
  )
})

describe('--diff and --check', () => {
  test('show what would change, say so by exit code, and write nothing', async () => {
    using here = site()
    const out = here.path('keepalived.conf')
    await here.run('--output', out)
    expect(await here.run('--check', '--output', out)).toMatchObject({ code: 0, out: '', err: '' })
    expect(await here.run('--diff', '--output', out)).toMatchObject({ code: 0, out: '' })
    const text = readFileSync(out, 'utf8').replace('advert_int 0.1', 'advert_int 1')
    writeFileSync(out, text)
    expect(await here.run('--check', '--output', out)).toMatchObject({ code: 1, out: '' })
    const diff = await here.run('--diff', '--output', out)
    expect(diff.code).toBe(1)
    expect(diff.out).toContain('\n-  advert_int 1\n+  advert_int 0.1\n')
    expect(diff.out).not.toContain('\u001b')
    expect(readFileSync(out, 'utf8')).toBe(text)
  })

  test.skipIf(Bun.which('script') === null)('paint on a terminal, and there alone', () => {
    using here = site()
    const out = here.write('keepalived.conf', 'old\n')
    const main = join(import.meta.dir, '../../../src/main.ts')
    const words = [process.execPath, main, 'render-config', '--config', here.config]
    const command = [...words, '--diff', '--output', out].join(' ')
    const onTerminal = (env: Record<string, string>) =>
      Bun.spawnSync(['script', '--quiet', '--return', '--command', command, '/dev/null'], {
        env: { PATH: process.env.PATH ?? '', TERM: 'xterm', ...env },
      })
    const painted = onTerminal({})
    expect(painted.exitCode).toBe(1)
    expect(painted.stdout.toString()).toContain('\u001b[31m-old\u001b[0m')
    expect(painted.stdout.toString()).toContain('\u001b[32m+global_defs {\u001b[0m')
    expect(onTerminal({ NO_COLOR: '1' }).stdout.toString()).not.toContain('\u001b')
  })

  test('a file that is not there differs', async () => {
    using here = site()
    const said = await here.run('--diff', '--output', here.path('none'))
    expect(said.code).toBe(1)
    expect(said.out).toStartWith('--- /dev/null\n')
    expect((await here.run('--check', '--output', here.folder)).code).toBe(2)
  })
})

describe('the order files', () => {
  test('are held against the servers, each error at its place', async () => {
    using here = site()
    here.write('order', 'ns1\nns3\n')
    const said = await here.run()
    expect(said).toMatchObject({ code: 2, out: '' })
    expect(said.err).toContain(`${here.config}:2:10: error[E_UNLISTED_SERVER]: `)
    expect(said.err).toContain(`${here.path('order')}:2:1: error[E_UNKNOWN_SERVER]: `)
    here.write('order', '# nobody\n')
    expect((await here.run()).err).toContain('error[E_EMPTY_ORDER]')
  })

  test('are not asked for when the configuration names no servers, and may come later', async () => {
    using without = site('', '')
    without.write('order', 'whoever\n')
    expect((await without.run()).code).toBe(0)
    using later = site()
    rmSync(later.path('order'))
    const said = await later.run()
    expect(said.code).toBe(0)
    expect(said.err).toContain('the server order of recdns was not checked')
  })
})
