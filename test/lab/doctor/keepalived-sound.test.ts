// Servers with which nothing is wrong, whatever they look like: keepalived's checks are silent.
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { whyNoLab } from '../environment.ts'
import { HOLDFAST } from '../holdfast.ts'
import { KEEPALIVED_CONF } from '../keepalived.ts'
import { createLab, type Lab } from '../lab.ts'
import { type InstanceSpec, instanceSpec } from '../layout.ts'
import type { LabServer } from '../server.ts'
import { until } from './broken.ts'
import { type Diagnosis, diagnose, resultOf } from './diagnose.ts'

const SERVERS =
  '[servers.s1]\naddresses = ["192.0.2.11", "2001:db8::11"]\n[servers.s2]\naddresses = ["192.0.2.12", "2001:db8::12"]\n'
setDefaultTimeout(120_000)

interface Shape {
  readonly what: string
  readonly toml?: string
  readonly spec?: Partial<InstanceSpec>
}

const SHAPES: readonly Shape[] = [
  { what: 'a sync group', spec: { toml: 'ipv6 = "separate"' } },
  { what: 'scripts in place of files', toml: `mode = "track_script"\n${SERVERS}` },
  { what: 'unicast', toml: `peering = "unicast"\n${SERVERS}` },
  { what: 'scripts run by another user', toml: 'script_user = "nobody"' },
  { what: 'a virtual MAC address', spec: { toml: 'use_vmac = true' } },
  { what: 'IPv6 alone', spec: { addresses: ['2001:db8::53'] } },
]

async function raise({ toml = '', spec }: Shape): Promise<Lab> {
  const lab = await createLab({
    servers: ['s1', 's2'],
    clusters: [
      { name: 'recdns', instances: [{ ...instanceSpec('recdns0', 53, 'forward'), ...spec }] },
    ],
    extraToml: `[keepalived]\ninterface = "eth0"\n${toml}\n`,
  })
  await lab.start()
  return lab
}

async function codesOn(server: LabServer): Promise<readonly string[]> {
  const diagnosis = await diagnose(server, '--only', 'keepalived')
  return diagnosis.codes.map((code) => `${code}: ${JSON.stringify(resultOf(diagnosis, code))}`)
}

describe.skipIf(whyNoLab() !== null)('keepalived is sound', () => {
  test.each(SHAPES)('with $what', async (shape) => {
    const lab = await raise(shape)
    try {
      for (const server of lab.servers) expect(await codesOn(server)).toEqual([])
    } finally {
      await lab.destroy()
    }
  })
})

describe.skipIf(whyNoLab() !== null)('keepalived is sound on a server', () => {
  let lab: Lab | undefined
  afterAll(() => lab?.destroy())

  test('that is worth nothing, or is isolated, or looked at by a plain user', async () => {
    lab = await raise({ what: 'two servers', toml: SERVERS })
    const s1 = lab.server('s1')

    await s1.named.kill()
    await lab.observer.waitFor(lab.addresses, ['s2'])
    expect(await codesOn(s1)).toEqual([])
    await s1.named.start()

    await s1.node.run([HOLDFAST, 'drain', '--isolate', '--reason', 'a test'])
    let diagnosis: Diagnosis | null = null
    await until(async () => {
      diagnosis = await diagnose(s1, '--only', 'keepalived')
      return JSON.stringify(diagnosis.results).includes('isolated on purpose: recdns0')
    })
    expect(await codesOn(s1)).toEqual([])
    expect((diagnosis as Diagnosis | null)?.exit).toBe(0)

    await s1.node.run(['chmod', '600', KEEPALIVED_CONF])
    const command = `${HOLDFAST} doctor --only keepalived`
    const plain = await s1.node.exec([
      'setpriv',
      '--reuid=65534',
      '--clear-groups',
      'sh',
      '-c',
      command,
    ])
    expect(plain.code).toBe(0)
    expect(plain.stdout).toContain('needs root')
  })

  test('whose keepalived.conf is written by hand', async () => {
    const s1 = (lab as Lab).server('s1')
    const path = '/etc/holdfast/holdfast.toml'
    const toml = s1.node.read(path)
    s1.node.write(
      path,
      toml.replace(/\[keepalived\]\ninterface = .*\n/, '').replace(/virtual_router_id = .*\n/, ''),
    )
    s1.node.write(KEEPALIVED_CONF, `# By hand.\n${s1.node.read(KEEPALIVED_CONF)}`)
    const diagnosis = await diagnose(s1, '--only', 'keepalived')
    expect(diagnosis.codes).toEqual([])
    expect(JSON.stringify(resultOf(diagnosis, 'H206'))).toContain(
      'leaves keepalived.conf to others',
    )
  })
})
