// Which address named asks from while it holds service addresses: never one of those.
import { describe, expect, test } from 'bun:test'
import { whyNoLab } from '../environment.ts'
import { createLab, type Lab, onLab } from '../lab.ts'
import { type ClusterSpec, instanceSpec, UPSTREAM } from '../layout.ts'
import { UPSTREAM_ZONE } from '../resolver.ts'
import type { LabServer } from '../server.ts'

/**
 * Service addresses nearer to the upstream's (…2) than any server's own: where nothing else decides,
 * the longest common prefix does (RFC 6724 section 5, rule 8).
 */
const CLUSTERS: readonly ClusterSpec[] = [
  { name: 'recdns', instances: [instanceSpec('recdns0', 3, 'forward')] },
]
const SERVICE_V4 = '192.0.2.3'
const SERVICE_V6 = '2001:db8::3'
const QUERIES = 40

/** Notes every source that asks the upstream, as the wire has it. */
const WATCH = `
table inet sources {
  set v4 { type ipv4_addr; flags dynamic; size 64; }
  set v6 { type ipv6_addr; flags dynamic; size 64; }
  chain input {
    type filter hook input priority 0;
    meta l4proto { udp, tcp } th dport 53 add @v4 { ip saddr }
    meta l4proto { udp, tcp } th dport 53 add @v6 { ip6 saddr }
  }
}
`

async function sources(lab: Lab): Promise<string[]> {
  const { node } = lab.upstream
  const listed = await node.run(['nft', 'list', 'table', 'inet', 'sources'])
  return [...listed.matchAll(/elements = \{([^}]*)\}/g)]
    .flatMap(([, elements = '']) => elements.split(','))
    .map((text) => text.trim())
    .sort()
}

/** Asks at the service address for what only the upstream knows, anew each time. */
async function askForMuch(lab: Lab, at: string, label: string): Promise<void> {
  const names = Array.from({ length: QUERIES }, (_, index) => `${label}${index}.${UPSTREAM_ZONE}`)
  const script = names.map((name) => `dig +tries=5 +time=3 +short @${at} ${name} A`).join('\n')
  const answers = await lab.client.node.run(['sh', '-c', script])
  const answered = answers
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith(';;'))
  expect(answered).toEqual(names.map(() => '198.51.100.2'))
}

async function forwardTo(server: LabServer, upstream: string): Promise<void> {
  const path = '/etc/bind/named.conf'
  const conf = server.node.read(path).replace(/forwarders \{.*?\}/, `forwarders { ${upstream}; }`)
  server.node.write(path, conf)
  // A restart could cost the address, and then another server's named would be asked.
  server.named.signal('SIGHUP')
  await server.named.log.waitFor(/reloading configuration succeeded/)
}

async function routeSource({ node }: LabServer, to: string): Promise<string> {
  const route = await node.run(['ip', 'route', 'get', to])
  return / src (\S+)/.exec(route)?.[1] ?? ''
}

describe.skipIf(whyNoLab() !== null)('the source of named’s own queries', () => {
  test.each([true, false])(
    'loopback addresses %p: is an address of the server alone',
    async (onLoopback) => {
      const raised = createLab({
        servers: ['s1', 's2'],
        clusters: CLUSTERS,
        onLoopback: onLoopback,
      })
      await onLab(raised, async (lab) => {
        const s1 = lab.server('s1')
        await lab.start()
        await lab.upstream.node.run(['nft', '-f', '-'], WATCH)
        await askForMuch(lab, SERVICE_V4, 'a')
        await askForMuch(lab, SERVICE_V6, 'b')
        expect(await sources(lab)).toEqual([s1.v4])

        await forwardTo(s1, UPSTREAM.v6)
        await lab.settled()
        await askForMuch(lab, SERVICE_V4, 'c')
        await askForMuch(lab, SERVICE_V6, 'd')
        expect(await sources(lab)).toEqual([s1.v4, s1.v6])

        // Had it not been rendered as deprecated, the kernel would have chosen it.
        expect(await routeSource(s1, UPSTREAM.v6)).toBe(s1.v6)
        const change = ['ip', 'address', 'change', `${SERVICE_V6}/64`, 'dev', 'eth0']
        await s1.node.run([...change, 'preferred_lft', 'forever', 'valid_lft', 'forever'])
        expect(await routeSource(s1, UPSTREAM.v6)).toBe(SERVICE_V6)
      })
    },
    240_000,
  )

  test('a service address in a network of its own is a source there, unless it is a /32', async () => {
    const raised = createLab({ servers: ['s1'], clusters: CLUSTERS, holdfast: 'stand-in' })
    await onLab(raised, async (lab) => {
      const s1 = lab.server('s1')
      const ip = (...words: string[]) => s1.node.run(['ip', ...words])
      await ip('route', 'add', 'default', 'via', UPSTREAM.v4)
      await ip('address', 'add', '198.51.100.53/24', 'dev', 'eth0')
      expect(await routeSource(s1, '198.51.100.2')).toBe('198.51.100.53')
      expect(await routeSource(s1, '203.0.113.1')).toBe(s1.v4)
      await ip('address', 'del', '198.51.100.53/24', 'dev', 'eth0')
      await ip('address', 'add', '198.51.100.53/32', 'dev', 'eth0')
      expect(await routeSource(s1, '198.51.100.2')).toBe(s1.v4)
    })
  }, 60_000)
})
