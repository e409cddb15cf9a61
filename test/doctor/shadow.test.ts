// Shadow mode: what the doctor leaves out while keepalived does not use the daemon's priorities yet.
import { expect, test } from 'bun:test'
import { electedFact } from '../../src/doctor/categories.ts'
import { CHECKS } from '../../src/doctor/checks.ts'
import { isSkip } from '../../src/doctor/doctor-check.ts'
import { startChecks } from '../../src/doctor/runner.ts'
import { emptyHost } from './host.ts'

const CONFIG = '[clusters.p.instances.i]\naddresses = ["192.0.2.53"]\n'
const SCRIPTS = 'vrrp_script chk {\n  script "/usr/bin/dig @127.0.0.1"\n}\n'
const RENDERED = '# Rendered by "holdfast render-config": edit holdfast.toml and render again.\n'

function host(config: string, keepalived: string) {
  const files: Readonly<Record<string, string>> = {
    '/proc/sys/kernel/hostname': 'ns1\n',
    '/etc/holdfast/holdfast.toml': config,
    '/etc/keepalived/keepalived.conf': keepalived,
  }
  const { inspect } = emptyHost()
  return emptyHost({
    text: (path, limit) => {
      const value = files[path]
      return value === undefined ? inspect.text(path, limit) : { ok: true, value }
    },
  })
}

test('checks of keepalived and VRRP are skipped in it, and no others', async () => {
  const of = async (config: string) => {
    const limits = { maxAtOnce: CHECKS.length, limitMs: 60_000 }
    const results = await startChecks(CHECKS, host(config, SCRIPTS), limits).results
    return results.filter(
      ({ outcome }) => outcome.kind === 'skip' && outcome.why.startsWith('shadow mode'),
    )
  }
  const skipped = await of(`${CONFIG}[server]\nshadow = true\n`)
  const about = CHECKS.filter(({ category }) => category === 'keepalived' || category === 'vrrp')
  const codes = new Set(skipped.map(({ code }) => code))
  for (const { code } of about) expect(codes).toContain(code)
  expect(await of(CONFIG)).toEqual([])
})

test('is told to end once keepalived has the file that render-config made', async () => {
  const limits = { maxAtOnce: 1, limitMs: 60_000 }
  const check = CHECKS.filter(({ code }) => code === 'H107')
  const outcomeOf = async (config: string, keepalived: string) => {
    const [result] = await startChecks(check, host(config, keepalived), limits).results
    return result?.outcome
  }
  const shadow = `${CONFIG}[server]\nshadow = true\n`
  expect(await outcomeOf(shadow, RENDERED)).toMatchObject({
    kind: 'warn',
    remedy: [
      "sed -i -E '/^[[:space:]]*(server\\.)?shadow[[:space:]]*=/d' /etc/holdfast/holdfast.toml",
      'systemctl reload holdfast',
      expect.stringMatching(/^# /),
    ],
  })
  expect(await outcomeOf(shadow, SCRIPTS)).toMatchObject({ kind: 'ok' })
  expect(await outcomeOf(CONFIG, RENDERED)).toMatchObject({ kind: 'ok' })
})

test('a file that render-config made ends it for the doctor', async () => {
  const shadow = `${CONFIG}[server]\nshadow = true\n`
  expect(isSkip(await electedFact(host(shadow, SCRIPTS)))).toBe(true)
  expect(await electedFact(host(shadow, RENDERED))).toBe(true)
})
