// Which keepalived counts: one with pid files of its own does, those that say a word or serve another network do not.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { whyNoLab } from '../environment.ts'
import { HOLDFAST } from '../holdfast.ts'
import { KEEPALIVED_COMMAND, KEEPALIVED_CONF } from '../keepalived.ts'
import { createLab, type Lab } from '../lab.ts'
import type { LabProcess } from '../process.ts'
import type { LabServer } from '../server.ts'
import { until } from './broken.ts'
import { diagnose, resultOf } from './diagnose.ts'

setDefaultTimeout(240_000)
const SERVERS = `
[servers.s1]
addresses = ["192.0.2.11", "2001:db8::11"]

[servers.s2]
addresses = ["192.0.2.12", "2001:db8::12"]
`
const inLab = describe.skipIf(whyNoLab() !== null)

let lab: Lab
let s1: LabServer

beforeAll(async () => {
  if (whyNoLab() !== null) return
  lab = await createLab({ servers: ['s1', 's2'], extraToml: SERVERS })
  s1 = lab.server('s1')
  await lab.start()
})
afterAll(() => lab?.destroy())

async function end(process: LabProcess): Promise<void> {
  process.signal('SIGTERM')
  await process.exited
}

async function outcomeOf(code: string) {
  return resultOf(await diagnose(s1, '--only', code), code).outcome
}

inLab('with keepalived stopped', () => {
  test('neither the doctor’s own children nor anybody’s tests of the file are taken for it', async () => {
    await s1.keepalived.stop()
    // A configuration of many lines keeps the test of it busy while the doctor looks.
    const loop = `while :; do keepalived -t -f ${KEEPALIVED_CONF}; keepalived --version; done`
    const others = await s1.node.spawn('others', ['sh', '-c', `exec >/dev/null 2>&1; ${loop}`])
    try {
      for (let time = 0; time < 5; time++) {
        const { codes, results } = await diagnose(s1, '--only', 'keepalived')
        expect(codes).toEqual(['H203'])
        expect(results.filter(({ outcome }) => outcome.kind === 'crash')).toEqual([])
      }
    } finally {
      await end(others)
    }
  })

  test('one that serves another network is told of, and is not it', async () => {
    s1.node.write('/tmp/other/conf', 'global_defs {\n}\n')
    const own = '--all -f /tmp/other/conf -p /tmp/other/k -r /tmp/other/v -c /tmp/other/c'
    const command = `exec unshare --net ${KEEPALIVED_COMMAND.join(' ')} ${own}`
    const other = await s1.node.spawn('other', ['sh', '-c', command])
    try {
      await other.log.waitFor(/Starting VRRP child process/)
      expect(await outcomeOf('H203')).toMatchObject({
        kind: 'fail',
        evidence: expect.arrayContaining([
          expect.stringContaining('runs in another network namespace'),
        ]),
      })
    } finally {
      await end(other)
    }
  })
})

inLab('a keepalived with pid files of its own', () => {
  const OWN = ['-p', '/srv/keepalived.pid', '-r', '/srv/vrrp.pid', '-c', '/srv/checkers.pid']
  let other: LabProcess | undefined

  beforeAll(async () => {
    if (whyNoLab() !== null) return
    await s1.node.run(['mkdir', '-p', '/srv'])
    await s1.node.run(['sh', '-c', 'rm -f /run/keepalived.pid /run/vrrp.pid'])
    other = await s1.node.spawn('keepalived', [...KEEPALIVED_COMMAND, ...OWN])
    await other.log.waitFor(/Entering MASTER STATE/)
  })
  afterAll(() => (other === undefined ? undefined : end(other)))

  test('runs, and every check looks at it', async () => {
    await until(async () => (await diagnose(s1, '--only', 'keepalived')).codes.length === 0)
    const { results } = await diagnose(s1, '--only', 'keepalived')
    const skipped = results.filter(({ outcome }) => outcome.kind === 'skip')
    expect(JSON.stringify(skipped)).not.toContain('keepalived is not running')
    expect(await outcomeOf('H221')).toMatchObject({ kind: 'ok', seen: 'recdns0' })
    expect(await outcomeOf('H222')).toMatchObject({ kind: 'ok' })
  })

  test('reads its file again by what the doctor says to type', async () => {
    const conf = s1.node.read(KEEPALIVED_CONF)
    s1.node.write(
      KEEPALIVED_CONF,
      conf.replace('advert_int', '  advert_int').replace('priority 1', 'priority 2'),
    )
    const before = await outcomeOf('H207')
    const remedy = before.kind === 'fail' ? before.remedy : []
    expect(remedy).toHaveLength(2)
    for (const line of remedy) await s1.node.run(['sh', '-c', line])
    await until(async () => (await outcomeOf('H207')).kind === 'ok')
    s1.node.write(KEEPALIVED_CONF, conf)
    const again = await outcomeOf('H213')
    expect(again).toMatchObject({ kind: 'ok' })
    const install = (await outcomeOf('H207')) as { remedy?: readonly string[] }
    for (const line of install.remedy ?? []) await s1.node.run(['sh', '-c', line])
    await until(async () => (await outcomeOf('H207')).kind === 'ok')
  })

  test('is what drain goes by', async () => {
    const drained = await s1.node.exec([HOLDFAST, 'drain', '--reason', 'a test'])
    expect(drained.code).toBe(0)
    expect(`${drained.stdout}${drained.stderr}`).toContain('recdns0 moved to s2')
    expect((await s1.node.exec([HOLDFAST, 'undrain'])).code).toBe(0)
  })
})
