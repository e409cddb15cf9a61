// Every shape that rendered configuration can take, at work between servers: it elects and it moves.
import { describe, expect, test } from 'bun:test'
import { whyNoLab } from '../environment.ts'
import { KEEPALIVED_CONF } from '../keepalived.ts'
import { createLab, type Lab, onLab } from '../lab.ts'
import { type InstanceSpec, instanceSpec, ownAddresses } from '../layout.ts'
import { effectivePriority, until } from './rendered-site.ts'

const SERVERS = ['s1', 's2'] as const
const SPEC = instanceSpec('recdns0', 53, 'forward')
const OWN = SERVERS.map((name, index) => {
  const { v4, v6 } = ownAddresses(index)
  return `[servers.${name}]\naddresses = ["${v4}", "${v6}"]\n`
}).join('')

interface Shape {
  readonly what: string
  readonly toml: string
  readonly spec?: Partial<InstanceSpec>
  /** What keepalived says of the instance's priority stands under this name. */
  readonly named?: string
  /** What must not be needed. */
  readonly without?: string
}

const NO_MULTICAST = `chain input {
  type filter hook input priority 0;
  ip daddr 224.0.0.18 drop
  ip6 daddr ff02::12 drop
}`

const SHAPES: readonly Shape[] = [
  { what: 'version 3, both families in one election', toml: 'advert_interval = "200ms"' },
  {
    what: 'each family an election of its own, in a sync group',
    toml: '',
    spec: { toml: 'ipv6 = "separate"' },
    named: 'recdns0-v6',
  },
  { what: 'IPv6 alone', toml: '', spec: { addresses: ['2001:db8::53'] } },
  {
    what: 'version 2 with a secret',
    toml: 'vrrp_version = 2\nauth_pass_file = "/etc/holdfast/secret"',
  },
  { what: 'unicast', toml: `peering = "unicast"\n${OWN}`, without: NO_MULTICAST },
  {
    what: 'unicast in both families',
    toml: `peering = "unicast"\n${OWN}`,
    spec: { toml: 'ipv6 = "separate"' },
    named: 'recdns0-v4',
    without: NO_MULTICAST,
  },
  { what: 'a virtual MAC address', toml: '', spec: { toml: 'use_vmac = true' } },
]

async function raise({ toml, spec, without }: Shape): Promise<Lab> {
  const lab = await createLab({
    servers: SERVERS,
    holdfast: 'stand-in',
    clusters: [{ name: 'recdns', instances: [{ ...SPEC, ...spec }] }],
    extraToml: `[keepalived]\ninterface = "eth0"\n${toml}\n`,
  })
  for (const server of lab.servers) if (without !== undefined) await server.firewall(without)
  await lab.start()
  return lab
}

describe.skipIf(whyNoLab() !== null)('rendered configuration', () => {
  test.each([...SHAPES])(
    '$what',
    async (shape) => {
      await onLab(raise(shape), async (lab) => {
        const [s1, s2] = [lab.server('s1'), lab.server('s2')]
        const { addresses, observer } = lab
        s1.publish('recdns0', 250)
        s2.publish('recdns0', 200)
        await observer.waitFor(addresses, ['s1'])
        s1.publish('recdns0', 50)
        await observer.waitFor(addresses, ['s2'])
        const name = shape.named ?? 'recdns0'
        await until(`${name} is 50`, () => effectivePriority(s1, name) === 50)
        s1.publish('recdns0', 250)
        await observer.waitFor(addresses, ['s1'])
        s1.publish('recdns0', 0)
        await observer.waitFor(addresses, ['s2'])
        s1.publish('recdns0', 250)
        await observer.waitFor(addresses, ['s1'])
        s1.node.remove('/run/holdfast/alive')
        await observer.waitFor(addresses, ['s2'])
        await until("the dead man's switch had his way", () => effectivePriority(s1, name) === 1)
      })
    },
    120_000,
  )

  test('with a secret hears nobody who does not know it', async () => {
    const shape = { what: '', toml: 'vrrp_version = 2\nauth_pass_file = "/etc/holdfast/secret"' }
    await onLab(raise(shape), async (lab) => {
      const s2 = lab.server('s2')
      lab.server('s1').publish('recdns0', 250)
      s2.publish('recdns0', 200)
      await lab.observer.waitFor(lab.addresses, ['s1'])
      const conf = s2.node.read(KEEPALIVED_CONF).replace(/auth_pass .*/, 'auth_pass other')
      s2.node.write(KEEPALIVED_CONF, conf)
      s2.keepalived.signal('SIGHUP')
      await s2.keepalived.log.waitFor(/received an invalid passwd!/)
      expect(s2.keepalived.running).toBe(true)
    })
  }, 120_000)
})
