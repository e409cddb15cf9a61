// keepalived.conf: each kind of configuration to the letter, and what must hold for all of them.
// UPDATE=1 rewrites the expected files.
import { describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { effectivePriority } from '../../src/core/priority.ts'
import type { ServerState } from '../../src/core/server-state.ts'
import { renderKeepalived } from '../../src/keepalived/configuration.ts'
import { parseRelease } from '../../src/keepalived/release.ts'
import { blocksOf, GOLDEN, GOLDEN_NAMES, goldenToml, render, renderable } from './golden.ts'
import { canTest, configTest } from './itself.ts'

describe('to the letter', () => {
  test.each(GOLDEN_NAMES)('%s', (name) => {
    const text = render(goldenToml(name))
    const path = join(GOLDEN, `${name}.conf`)
    if (process.env.UPDATE === '1') writeFileSync(path, text)
    expect(text).toBe(readFileSync(path, 'utf8'))
    expect(render(goldenToml(name))).toBe(text)
  })
})

describe.skipIf(!canTest())('keepalived itself', () => {
  test.each(GOLDEN_NAMES)('takes %s without a word', (name) => {
    const conf = render(goldenToml(name))
    const code = conf.includes('script_user root') ? 0 : null
    expect(configTest(conf)).toEqual({ code, said: '' })
  })

  test('complains where we do not let it come to that', () => {
    const conf = render(goldenToml('ten-lines'))
    const spoilt = (from: string, to: string) => configTest(conf.replace(from, to))
    expect(spoilt('  virtual_ipaddress {', '  virtual_ipaddress {\n 2001:db8::1').code).toBe(5)
    expect(spoilt('interval 1', 'interval 0.5').code).toBe(5)
    expect(spoilt('interface eth0', 'interface eth7').code).toBe(5)
    const secret = render(goldenToml('version-2-secret'))
    expect(configTest(secret.replace('auth_pass ', 'auth_pass 1')).code).toBe(5)
    expect(configTest(secret.replace('advert_int 1', 'advert_int 1.5')).code).toBe(5)
  })
})

const everyConf = GOLDEN_NAMES.map((name) => ({ name, conf: render(goldenToml(name)) }))

describe.each(everyConf)('$name', ({ conf }) => {
  test('every server starts as BACKUP, and no word keeps it one', () => {
    for (const [, body] of blocksOf(conf, 'vrrp_instance')) {
      expect(body.match(/^ *state .*$/gm)?.join()).toBe('  state BACKUP')
    }
    expect(conf).not.toMatch(/nopreempt|preempt_delay/)
  })

  test('what is tracked is defined above it', () => {
    for (const [, kind, names] of conf.matchAll(/ (track_file|track_script) \{\n(.*?)\}/gs)) {
      for (const name of (names ?? '').trim().split(/\s+/)) {
        const head = kind === 'track_file' ? 'track_file' : 'vrrp_script'
        const definition = conf.indexOf(`\n${head} ${name} {\n`)
        expect(definition).toBeGreaterThan(0)
        expect(definition).toBeLessThan(conf.indexOf('\nvrrp_sync_group ') >>> 0)
        expect(definition).toBeLessThan(conf.indexOf('\nvrrp_instance '))
      }
    }
  })

  test('a member of a sync group leaves tracking to the group', () => {
    const members = [...conf.matchAll(/ group \{\n(.*?)\}/gs)].flatMap(([, names = '']) =>
      names.trim().split(/\s+/),
    )
    const instances = blocksOf(conf, 'vrrp_instance')
    for (const [name, body] of instances) {
      expect(/ track_(file|script) \{/.test(body)).toBe(!members.includes(name))
    }
    for (const [, body] of blocksOf(conf, 'vrrp_sync_group')) expect(body).toMatch(/track_/)
  })

  test('one virtual_ipaddress holds one family, and IPv6 is deprecated wherever it stands', () => {
    for (const [, lines = ''] of conf.matchAll(/ virtual_ipaddress \{\n(.*?)\}/gs)) {
      const families = new Set(
        lines
          .trim()
          .split('\n')
          .map((line) => line.includes(':')),
      )
      expect(families.size).toBe(1)
    }
    for (const line of conf.matchAll(/^\s+[0-9a-f]+:[0-9a-f:]*\/\d+.*$/gm)) {
      expect(line[0]).toEndWith(' preferred_lft 0')
    }
  })

  test('a script is one that can always be run, and starts from failed when it raises a priority', () => {
    const scripts = blocksOf(conf, 'vrrp_script')
    expect(scripts.size).toBeGreaterThan(0)
    for (const [name, body] of scripts) {
      expect(body).toMatch(/^ {2}script "\/usr\/bin\/sh -c '/m)
      expect(body).toMatch(/^ {2}interval \d+$/m)
      expect(/^ {2}init_fail$/m.test(body)).toBe(!name.endsWith('_isolated'))
    }
    expect(conf).toMatch(/^ {2}enable_script_security\n {2}script_user \w+$/m)
  })
})

describe('script mode', () => {
  const serverStates: readonly ServerState[] = [
    'healthy',
    'probation',
    'degraded',
    'drained',
    'failed',
  ]

  test.each([1, 2, 3, 4, 7, 20])(
    '%d servers: a state has the priority of track_file',
    (servers) => {
      const tables = Array.from({ length: servers }, (_, index) => `[servers.ns${index}]\n`).join(
        '',
      )
      const conf = render(`${goldenToml('track-script').replace(/\[servers.*/s, '')}${tables}`)
      const [instance = ''] = blocksOf(conf, 'vrrp_instance').values()
      const base = Number(/priority (\d+)/.exec(instance)?.[1])
      const weights = new Map(
        [...blocksOf(conf, 'vrrp_script')].map(([name, body]) => [
          name,
          Number(/weight (-?\d+)/.exec(body)?.[1]),
        ]),
      )
      expect(weights.size).toBe(servers + 4)
      for (const serverState of serverStates) {
        for (let rank = 1; rank <= servers; rank++) {
          const slot = serverState === 'healthy' ? `${rank}` : serverState
          const sum = base + (weights.get(`recdns0_${slot}`) ?? 0)
          const priority = effectivePriority(serverState, rank, servers)
          expect(`${serverState} ${rank}: ${sum}`).toBe(`${serverState} ${rank}: ${priority}`)
        }
      }
      expect(weights.get('recdns0_isolated')).toBe(0)
    },
  )
})

describe('one file for all', () => {
  test('with multicast every server gets the same bytes', () => {
    const isUnicast = (name: string) => goldenToml(name).includes('"unicast"')
    for (const name of GOLDEN_NAMES.filter((goldenName) => !isUnicast(goldenName))) {
      expect(render(goldenToml(name), 'ns2')).toBe(render(goldenToml(name), 'ns1'))
    }
  })

  test('with unicast they differ in their own address and their peers alone, and say so', () => {
    const confs = ['ns1', 'ns2', 'ns3'].map((name) => render(goldenToml('unicast'), name))
    const rest = confs.map((conf) =>
      conf
        .replace(/unicast_src_ip \S+/g, '')
        .replace(/unicast_peer \{.*?\}/gs, '')
        .replace(/server ns\d/, ''),
    )
    expect(new Set(confs).size).toBe(3)
    expect(new Set(rest).size).toBe(1)
    for (const [index, conf] of confs.entries()) {
      expect(conf).toContain(`# For server ns${index + 1} alone`)
      expect(conf).toContain(`unicast_src_ip 192.0.2.${11 + index}\n`)
      expect(conf).toContain(`unicast_src_ip 2001:db8::${11 + index}\n`)
      expect(/unicast_peer \{.*?\}/s.exec(conf)?.[0]).not.toContain(`192.0.2.${11 + index}\n`)
    }
  })
})

test.each([
  [null, '500ms', '1'],
  ['2.2.7', '500ms', '1'],
  ['2.3.1', '1500ms', '2'],
  ['2.3.2', '500ms', '0.5'],
  ['2.3.3', '1500ms', '1.5'],
  ['2.4.0', '2s', '2'],
])('keepalived %s is told of an interval of %s as %s', (version, interval, rendered) => {
  const toml = goldenToml('version-2-secret')
  const { vrrp } = renderable(
    toml.replace('[keepalived]', `[keepalived]\nscript_interval = "${interval}"`),
  )
  const site = {
    server: 'ns1',
    runDir: '/run/holdfast',
    stateDir: '/var/lib/holdfast',
    secret: null,
  }
  const release = version === null ? null : parseRelease(`Keepalived v${version} (01/16,2022)`)
  expect(renderKeepalived(vrrp, { ...site, release })).toContain(`\n  interval ${rendered}\n`)
})

test('the secret stands in the file once an instance, and nowhere when there is none', () => {
  const { vrrp } = renderable(goldenToml('version-2-secret'))
  const site = {
    server: 'ns1',
    runDir: '/run/holdfast',
    stateDir: '/var/lib/holdfast',
    release: null,
  }
  expect(renderKeepalived(vrrp, { ...site, secret: 'abc' })).toContain('    auth_pass abc\n')
  expect(renderKeepalived(vrrp, { ...site, secret: null })).not.toContain('auth')
})

test('notify is told of folders that are not the usual ones', () => {
  const toml = goldenToml('version-2-secret')
  expect(render(toml, 'ns1')).toContain('  notify "/usr/local/bin/holdfast notify"\n')
  const moved = `${toml}\n[paths]\nrun_dir = "/run/hf"\nstate_dir = "/srv/hf"\n`
  expect(render(moved, 'ns1')).toContain(
    '  notify "/usr/local/bin/holdfast notify --run-dir /run/hf --state-dir /srv/hf"\n',
  )
})
