// `holdfast render-config` and safety: who may read the secret, and who may change the program.
import { describe, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { site } from './render-site.ts'

const V2 = (here: string) => `vrrp_version = 2\nauth_pass_file = "${here}"`

describe('the secret', () => {
  test('is written for its owner alone, and shown to nobody', async () => {
    using here = site('vrrp_version = 2\nauth_pass_file = "SECRET"')
    const secret = here.write('secret', 'hUsh+hUs\n', 0o600)
    const text = readFileSync(here.config, 'utf8')
    writeFileSync(here.config, text.replace('SECRET', secret))
    const shown = await here.run()
    expect(shown.code).toBe(0)
    expect(shown.out).toContain('    auth_pass ***\n')
    const out = here.write('keepalived.conf', 'old\n', 0o644)
    const written = await here.run('--output', out)
    expect(written.code).toBe(0)
    expect(readFileSync(out, 'utf8')).toContain('    auth_pass hUsh+hUs\n')
    expect(statSync(out).mode & 0o777).toBe(0o600)

    here.write('secret', 'oThEr\n', 0o600)
    const differs = await here.run('--diff', '--output', out)
    expect(differs.code).toBe(1)
    expect(differs.err).toContain('only the secret differs')
    const changed = `${readFileSync(out, 'utf8')}# changed\n`
    writeFileSync(out, changed)
    const diff = await here.run('--diff', '--output', out)
    expect(diff.out).toContain('-# changed')
    chmodSync(out, 0o644)
    for (const { out: stdout, err } of [shown, written, differs, diff]) {
      expect(`${stdout}${err}`).not.toMatch(/hUsh|oThEr/)
    }
  })

  test('that is installed for all to read differs from one that is not', async () => {
    using here = site()
    const secret = here.write('secret', 'hUsh\n', 0o600)
    writeFileSync(
      here.config,
      readFileSync(here.config, 'utf8').replace('[keepalived]', `[keepalived]\n${V2(secret)}`),
    )
    const out = here.path('keepalived.conf')
    await here.run('--output', out)
    expect((await here.run('--check', '--output', out)).code).toBe(0)
    chmodSync(out, 0o644)
    expect((await here.run('--check', '--output', out)).code).toBe(1)
    await here.run('--output', out)
    expect(statSync(out).mode & 0o777).toBe(0o600)
  })

  test.each([
    ['a word', 0o644, 'everybody on this host may read'],
    ['ninechars', 0o600, '9 characters'],
    ['', 0o600, 'empty'],
  ])('%j with mode %o is refused at its key', async (text, mode, why) => {
    using here = site()
    const secret = here.write('secret', text, mode)
    const toml = readFileSync(here.config, 'utf8')
    writeFileSync(here.config, toml.replace('[keepalived]', `[keepalived]\n${V2(secret)}`))
    const said = await here.run()
    expect(said).toMatchObject({ code: 2, out: '' })
    expect(said.err).toContain(`${here.config}:6:18: error[E_AUTH]: `)
    expect(said.err).toContain(why)
  })
})

describe('the program that keepalived runs as root', () => {
  test('must be changeable by root alone', async () => {
    using here = site()
    const program = here.write('holdfast', '#!/bin/sh\n', 0o777)
    const toml = readFileSync(here.config, 'utf8')
    writeFileSync(
      here.config,
      toml.replace('[keepalived]', `[keepalived]\nholdfast_path = "${program}"`),
    )
    const said = await here.run('--output', here.path('keepalived.conf'))
    expect(said).toMatchObject({ code: 1, out: '' })
    expect(said.err).toContain(`${program} can be changed by others than root`)
  })

  test('has no link among its folders, and may be one itself', async () => {
    using here = site()
    mkdirSync(here.path('1.0'))
    const program = here.write('1.0/holdfast', '#!/bin/sh\n', 0o755)
    symlinkSync('1.0', here.path('current'))
    symlinkSync(program, here.path('holdfast'))
    const toml = readFileSync(here.config, 'utf8')
    const render = (path: string, user = 'root') => {
      const lines = `[keepalived]\nholdfast_path = "${path}"\nscript_user = "${user}"`
      writeFileSync(here.config, toml.replace('[keepalived]', lines))
      return here.run()
    }
    const linked = here.path('current/holdfast')
    const said = await render(linked)
    expect(said).toMatchObject({ code: 2, out: '' })
    expect(said.err).toContain(`${here.config}:5:17: error[E_RENDER]: a folder of ${linked} is`)
    expect(said.err).toContain(`hint: write holdfast_path = "${program}"`)
    for (const path of [program, here.path('holdfast'), '/nowhere/holdfast'])
      expect(await render(path)).toMatchObject({ code: 0 })
    expect(await render(linked, 'nobody')).toMatchObject({ code: 0 })
  })
})
