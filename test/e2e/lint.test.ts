// Roles, playbooks and inventories as Debian's ansible-lint and yamllint want them; each role is one by itself.
import { expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REPOSITORY } from '../lab/namespace.ts'

setDefaultTimeout(300_000)
const PLAYBOOKS = ['site', 'drain', 'undrain', 'doctor', 'rollback'].map((name) => `${name}.yml`)
const PATHS = ['roles', ...PLAYBOOKS]

test.skipIf(Bun.which('ansible-lint') === null)('ansible-lint, by its production profile', () => {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-lint-'))
  try {
    const flags = ['--offline', '--nocolor', '--profile', 'production']
    const run = Bun.spawnSync(['ansible-lint', ...flags, ...PATHS], {
      cwd: REPOSITORY,
      env: { PATH: process.env.PATH ?? '', HOME: home, LANG: 'C.UTF-8' },
    })
    const said = `${run.stdout}${run.stderr}`
    expect(said).toContain('Passed')
    expect({ code: run.exitCode, said }).toEqual({ code: 0, said })
  } finally {
    rmSync(home, { recursive: true })
  }
})

test.skipIf(Bun.which('yamllint') === null)('yamllint, warnings included', () => {
  const run = Bun.spawnSync(['yamllint', '--strict', ...PATHS, 'inventory', '.yamllint'], {
    cwd: REPOSITORY,
  })
  expect({ code: run.exitCode, said: `${run.stdout}` }).toEqual({ code: 0, said: '' })
})

const ROLES = ['balancer', 'bind', 'holdfast', 'keepalived']

test.skipIf(Bun.which('ansible-playbook') === null).each(ROLES)(
  'the role %s needs no other one beside it in a playbook',
  (role) => {
    const home = mkdtempSync(join(tmpdir(), 'holdfast-role-'))
    try {
      const play = join(home, 'play.yml')
      writeFileSync(play, `- hosts: all\n  become: true\n  roles: [${role}]\n`)
      const run = Bun.spawnSync(['ansible-playbook', '-i', 'ns1,', '--list-tasks', play], {
        cwd: REPOSITORY,
        env: { PATH: process.env.PATH ?? '', HOME: home, LANG: 'C.UTF-8' },
      })
      const said = `${run.stdout}${run.stderr}`
      expect({ code: run.exitCode, said }).toEqual({ code: 0, said })
      const roles = [...`${run.stdout}`.matchAll(/^ +(\w+) : /gm)].map(([, name]) => name)
      expect(new Set(roles)).toEqual(new Set([role]))
    } finally {
      rmSync(home, { recursive: true })
    }
  },
)
