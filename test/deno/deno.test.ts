// The same source under Deno: what it prints and exits with is what it does under Bun.
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeRunDir, staleDocument, statusDocument } from '../support/status.ts'
import { folderForAllTests } from '../support/temporary-folder.ts'

const ROOT = join(import.meta.dir, '../..')
const MAIN = join(ROOT, 'src/main.ts')
const DENO = join(ROOT, `node_modules/@deno/linux-${process.arch}-glibc/deno`)
setDefaultTimeout(60_000)

const cache = folderForAllTests()

function run(program: string, argv: readonly string[]) {
  const env = { ...process.env, DENO_DIR: cache, DENO_NO_UPDATE_CHECK: '1' }
  const { status, stdout, stderr } = spawnSync(program, argv, { cwd: ROOT, env, encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

/** Runs it under both, holds them to one another and returns what they said. */
function both(...argv: string[]) {
  const underBun = run(process.execPath, [MAIN, ...argv])
  const underDeno = run(DENO, ['run', '-A', MAIN, ...argv])
  expect(underDeno).toEqual(underBun)
  return underDeno
}

describe('under Deno as under Bun', () => {
  test('check', () => {
    using fresh = makeRunDir(statusDocument())
    using stale = makeRunDir(JSON.stringify({ ...staleDocument(), boot_id: 'another' }))
    using garbage = makeRunDir('garbage')
    using none = makeRunDir()
    using folder = makeRunDir()
    mkdirSync(join(folder.path, 'status.json'))
    expect(both('check', '--run-dir', fresh.path).code).toBe(0)
    expect(both('check', '--run-dir', fresh.path, 'recdns0', '1').code).toBe(1)
    expect(both('check', '--run-dir', fresh.path, '--nagios').out).toContain('endpoints_ok=2')
    for (const runDir of [stale, garbage, none, folder])
      expect(both('check', '--run-dir', runDir.path).code).toBe(1)
    expect(both('check', '--nagois').code).toBe(2)
  })

  test('doctor --explain, whose texts are Markdown files', () => {
    expect(both('doctor', '--explain', 'H617').out).toContain('firewall mark')
  })

  test('config check', () => {
    using folder = makeRunDir()
    const good = join(folder.path, 'good.toml')
    const bad = join(folder.path, 'bad.toml')
    writeFileSync(good, '[clusters.p.instances.i]\naddresses = ["192.0.2.53"]\n')
    writeFileSync(bad, '[server]\nnme = "dns1"\n[cluster]\nbroken = \n')
    expect(both('config', 'check', good).code).toBe(0)
    expect(both('config', 'check', bad).err).toContain('bad.toml:4:')
    expect(both('config', 'check', '--json', bad).code).toBe(2)
    expect(both('config', 'check', join(folder.path, 'absent')).code).toBe(1)
  })

  test('help and the rest of the frame', () => {
    expect(both('--help').code).toBe(0)
    expect(both('--version').out).toContain('(dev, linux-')
    expect(both('sttus').code).toBe(2)
  })
})
