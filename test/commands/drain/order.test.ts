// `holdfast order`: what it shows, what it changes, and what it refuses.
import { beforeEach, describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { acquireLock } from '../../../src/adapters/lock.ts'
import { asNobody } from '../../support/nobody.ts'
import { holdfast } from '../../support/recorder.ts'
import { folderForEachTest } from '../../support/temporary-folder.ts'

const isRoot = process.getuid?.() === 0
const MAIN = join(import.meta.dir, '../../../src/main.ts')
const folder = folderForEachTest()
const config = join(folder, 'holdfast.toml')
const file = join(folder, 'order/recdns')

beforeEach(() => {
  mkdirSync(join(folder, 'order'))
  writeFileSync(file, '# Best first.\nns1\n#ns2   its disk is broken\nns3    # the spare\n')
  writeFileSync(
    config,
    `[server]
name = "ns3"
[clusters.recdns]
order_file = "${file}"
[clusters.recdns.instances.recdns0]
addresses = ["192.0.2.53/24"]
[clusters.recdns.instances.recdns1]
addresses = ["192.0.2.54/24"]
reverse_order = true
`,
  )
})

const order = (...words: string[]) => holdfast('order', '--config', config, ...words)
const text = () => readFileSync(file, 'utf8')

describe('shows', () => {
  test('ranks in each instance, whatever stands behind a name, and who is out', async () => {
    const said = await order('recdns')
    expect(said).toEqual({
      code: 0,
      err: '',
      out: `server order of recdns in ${file}: rank (priority while healthy)
SERVER      recdns0  recdns1 (reverse)  COMMENT
ns1         1 (250)  2 (200)
ns2         out      out                its disk is broken
ns3 (here)  2 (200)  1 (250)            the spare`,
    })
  })

  test('the same to programs', async () => {
    const { out } = await order('--json')
    expect(JSON.parse(out)).toEqual({
      cluster: 'recdns',
      file,
      server: 'ns3',
      instances: [
        { name: 'recdns0', direction: 'forward' },
        { name: 'recdns1', direction: 'reverse' },
      ],
      servers: [
        {
          name: 'ns1',
          listed: true,
          remark: '',
          ranks: { recdns0: { rank: 1, priority: 250 }, recdns1: { rank: 2, priority: 200 } },
        },
        { name: 'ns2', listed: false, remark: 'its disk is broken', ranks: {} },
        {
          name: 'ns3',
          listed: true,
          remark: 'the spare',
          ranks: { recdns0: { rank: 2, priority: 200 }, recdns1: { rank: 1, priority: 250 } },
        },
      ],
    })
  })
})

describe('changes', () => {
  test('the file, and shows what has come of it', async () => {
    const said = await order('recdns', '--promote', 'ns3')
    expect(said.code).toBe(0)
    expect(said.err).toContain(`changed ${file} on this host only; repeat on every server`)
    expect(said.out).toContain('ns3 (here)  1 (250)  2 (200)            the spare')
    expect(text()).toBe('# Best first.\nns3    # the spare\nns1\n#ns2   its disk is broken\n')
    await order('--remove', 'ns1')
    await order('--add', 'ns2')
    expect(text()).toBe('# Best first.\nns3    # the spare\n#ns1\nns2   # its disk is broken\n')
    expect(readdirSync(join(folder, 'order'))).toEqual(['recdns'])
  })

  test('nothing that is so already', async () => {
    const before = statSync(file)
    const said = await order('--remove', 'ns2')
    expect([said.code, said.err]).toEqual([
      0,
      expect.stringContaining('ns2 is already commented out'),
    ])
    expect(statSync(file).ino).toBe(before.ino)
  })

  test('the file that a link leads to, with its mode', async () => {
    const real = join(folder, 'real')
    writeFileSync(real, 'ns1\nns3\n')
    chmodSync(real, 0o664)
    rmSync(file)
    symlinkSync(real, file)
    expect((await order('--remove', 'ns1')).code).toBe(0)
    expect(readFileSync(real, 'utf8')).toBe('#ns1\nns3\n')
    expect((statSync(real).mode & 0o777).toString(8)).toBe('664')
    expect(readdirSync(folder)).toContain('real')
  })

  test.skipIf(!isRoot)('the owner of nothing', async () => {
    chownSync(file, 65534, 4242)
    await order('--remove', 'ns1')
    const { uid, gid } = statSync(file)
    expect([uid, gid]).toEqual([65534, 4242])
  })

  test.skipIf(!isRoot)('nothing where the owner cannot be kept', () => {
    chownSync(file, 65534, 4242)
    const before = statSync(file).ino
    const words = ['order', '--config', config, '--remove', 'ns1']
    const said = spawnSync('setpriv', ['--bounding-set=-chown', process.execPath, MAIN, ...words], {
      encoding: 'utf8',
    })
    expect([said.status, said.stderr]).toEqual([
      1,
      expect.stringContaining(`cannot change ${file}: permission`),
    ])
    expect([text().includes('#ns1'), statSync(file).ino]).toEqual([false, before])
    expect(readdirSync(join(folder, 'order'))).toEqual(['recdns'])
  })
})

describe('refuses', () => {
  test('to change the file while somebody else does, whose change would be lost', async () => {
    const other = acquireLock(join(folder, 'order/.recdns.lock'))
    if (!other.ok) throw new Error(other.error)
    const before = text()
    const said = await order('--promote', 'ns3')
    expect(said).toMatchObject({
      code: 1,
      err: expect.stringContaining('somebody else has changed it'),
    })
    expect(text()).toBe(before)
    other.value.release()
    expect((await order('--promote', 'ns3')).code).toBe(0)
  })

  test.each([
    [['--remove', 'ns9'], 1, 'ns9 is not listed (servers: '],
    [['--promote', 'ns2'], 1, '--add it first'],
    [['--add', 'a/b'], 1, 'the name "a/b"'],
    [['--add', 'x', '--remove', 'y'], 2, 'use only one of'],
    [['recdn'], 2, 'no cluster "recdn"; did you mean recdns?'],
    [['recdns', 'x'], 2, 'unexpected argument "x"'],
  ])('%j', async (words, code, why) => {
    const before = text()
    const said = await order(...words)
    expect([said.code, said.out]).toEqual([code, ''])
    expect(said.err).toContain(why)
    expect(text()).toBe(before)
  })

  test('to leave out the cluster where there are several', async () => {
    writeFileSync(
      config,
      `${readFileSync(config, 'utf8')}[clusters.b.instances.b0]\naddresses = ["192.0.2.1"]\n`,
    )
    const said = await order()
    expect([said.code, said.err]).toEqual([2, expect.stringContaining('known: recdns, b')])
  })

  test('an order that has errors, or cannot be read', async () => {
    writeFileSync(file, 'ns1 ns2\n')
    const said = await order('--remove', 'ns1')
    expect([said.code, said.err]).toEqual([
      1,
      expect.stringContaining(`${file}:1:1: error[E_NAME]`),
    ])
    rmSync(file)
    expect(await order()).toMatchObject({ code: 1, err: expect.stringContaining('no such file') })
  })

  test('a server that the config does not know', async () => {
    writeFileSync(
      config,
      `${readFileSync(config, 'utf8')}[servers.ns1]\n[servers.ns2]\n[servers.ns3]\n`,
    )
    const said = await order('--add', 'ns4')
    expect(said.err).toContain('ns4 is not in [servers]; did you mean')
  })

  test.skipIf(!isRoot).each([
    ['2775', 'the members of group staff may: join it by "usermod -aG staff USER"'],
    ['0755', 'only root may change files in'],
  ])('who may not: mode %s', (mode, advice) => {
    const orders = join(folder, 'order')
    spawnSync('chgrp', ['staff', orders])
    chmodSync(orders, Number.parseInt(mode, 8))
    chmodSync(folder, 0o755)
    const words = ['order', '--config', config, '--remove', 'ns1']
    const said = Bun.spawnSync([...asNobody(), process.execPath, MAIN, ...words])
    const stderr = said.stderr.toString()
    expect(said.exitCode).toBe(1)
    expect(stderr).toContain('permission denied')
    expect(stderr).toContain(advice)
  })
})
