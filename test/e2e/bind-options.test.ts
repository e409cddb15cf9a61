// What the role for BIND writes from its variables, and what it refuses, without a host.
import { expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { renderBindExempt, renderBindListen, renderBindZone } from '../../src/bind/options.ts'
import { configOf } from '../config/parsing.ts'
import { REPOSITORY } from '../lab/namespace.ts'

setDefaultTimeout(300_000)
const missing = Bun.which('ansible-playbook') === null
const CONFIG = configOf('[clusters.p.instances.i]\naddresses = ["192.0.2.53"]\n')

/** The first task of the preflight is what refuses; the tasks after it look at a host. */
const PLAY = `- hosts: localhost
  gather_facts: false
  connection: local
  tasks:
    - ansible.builtin.import_role:
        name: bind
        tasks_from: preflight
      tags: [preflight]
    - ansible.builtin.copy:
        content: "{{ lookup('ansible.builtin.template', '${REPOSITORY}/roles/bind/templates/' ~ item ~ '.j2') }}"
        dest: "{{ folder }}/{{ item }}"
        mode: "0644"
      loop: [named.conf.options, named.conf.local]
      tags: [write]
`

interface Said {
  readonly code: number
  readonly text: string
  /** named.conf.options and named.conf.local, with what holdfast renders in place of the includes. */
  readonly conf: string
}

function play(tag: 'preflight' | 'write', variables: Readonly<Record<string, unknown>>): Said {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bind-'))
  try {
    const path = join(folder, 'play.yml')
    writeFileSync(path, PLAY)
    const extra = JSON.stringify({ ...variables, folder })
    const run = Bun.spawnSync(['ansible-playbook', path, '--tags', tag, '-e', extra], {
      env: {
        PATH: process.env.PATH ?? '',
        HOME: folder,
        LANG: 'C.UTF-8',
        ANSIBLE_ROLES_PATH: join(REPOSITORY, 'roles'),
        ANSIBLE_LOCAL_TEMP: folder,
        ANSIBLE_REMOTE_TEMP: folder,
      },
    })
    const text = `${run.stdout}${run.stderr}`
    if (tag !== 'write' || run.exitCode !== 0) return { code: run.exitCode, text, conf: '' }
    const names = ['named.conf.options', 'named.conf.local']
    return {
      code: 0,
      text,
      conf: names.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n'),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What named-checkconf objects to, with the includes in place. */
function objections(conf: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bind-'))
  try {
    const parts = {
      listen: renderBindListen(),
      exempt: renderBindExempt(CONFIG),
      zone: renderBindZone(),
    }
    for (const [name, text] of Object.entries(parts)) writeFileSync(join(folder, name), text)
    const path = join(folder, 'named.conf')
    const here = conf
      .replace('/var/cache/bind', folder)
      .replaceAll('/etc/bind/holdfast.', `${folder}/`)
    writeFileSync(path, here)
    const PATH = `${process.env.PATH}:/usr/sbin`
    const run = Bun.spawnSync(['named-checkconf', path], { env: { PATH } })
    return `${run.stdout}${run.stderr}`
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test.skipIf(missing)('rate limits and statements of the site, with what probing needs', () => {
  const { conf, text } = play('write', {
    bind_rate_limit: ['responses-per-second 20;', 'window 5;'],
    bind_options_extra: ['max-cache-size 40%;', 'prefetch 2 9;'],
    bind_global_extra: ['zone "example" {\n  type forward;\n  forwarders { 192.0.2.1; };\n};'],
  })
  for (const line of [
    'include "/etc/bind/holdfast.listen";',
    'include "/etc/bind/holdfast.exempt";',
    'responses-per-second 20;',
    'prefetch 2 9;',
    'include "/etc/bind/holdfast.zone";',
    'zone "example" {',
  ])
    expect({ conf, text }).toMatchObject({ conf: expect.stringContaining(line) })
  expect(conf).not.toContain('holdfast.options')
  expect(objections(conf)).toBe('')
})

test.skipIf(missing)('without any, the whole document and the zone', () => {
  const { conf } = play('write', {})
  expect(conf.match(/holdfast\.\w+/g)).toEqual(['holdfast.options', 'holdfast.zone'])
  expect(play('write', { bind_includes: [] }).conf).not.toContain('holdfast.')
})

test.skipIf(missing).each([
  [{ bind_options_extra: ['directory "/srv";'] }, /cannot have directory \(use nothing/],
  [{ bind_options_extra: ['prefetch 2 9; forward only;'] }, /forward \(use bind_forwarders\)/],
  [{ bind_options_extra: ['rate-limit { window 5; };'] }, /rate-limit \(use bind_rate_limit\)/],
  [
    { bind_global_extra: ['view "a" {\n};'] },
    /bind_global_extra cannot have view \(use bind_manage/,
  ],
])('statements that cannot be carried over are refused by name: %j', (variables, said) => {
  const { code, text } = play('preflight', variables)
  expect({ code, text }).toEqual({ code: 2, text: expect.stringMatching(said) })
})
