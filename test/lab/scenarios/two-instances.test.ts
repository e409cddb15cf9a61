// Four servers, two instances that read the order from opposite ends, and a fault on one of them.
import { describe, expect, test } from 'bun:test'
import { whyNoLab } from '../environment.ts'
import { HOLDFAST } from '../holdfast.ts'
import { createLab, onLab } from '../lab.ts'
import { TWO_INSTANCES } from '../layout.ts'
import { untilPriority } from './watched-lab.ts'

const RECDNS0 = ['192.0.2.53', '2001:db8::53']
const RECDNS1 = ['192.0.2.54', '2001:db8::54']

describe.skipIf(whyNoLab() !== null)('four servers, two instances', () => {
  test('each instance goes where its direction says, and moves by itself', async () => {
    const servers = ['s1', 's2', 's3', 's4']
    const extraToml = '[flap]\nfailback_delay = "3s"\n'
    const raised = createLab({ servers, clusters: TWO_INSTANCES, onLoopback: true, extraToml })
    await onLab(raised, async (lab) => {
      await lab.start()
      expect(lab.observer.holders('192.0.2.53')).toEqual(['s1'])
      expect(lab.observer.holders('192.0.2.54')).toEqual(['s4'])
      const of = (instance: string) => lab.servers.map((server) => server.priority(instance))
      expect(of('recdns0')).toEqual([250, 200, 150, 100])
      expect(of('recdns1')).toEqual([100, 150, 200, 250])

      const seen = await lab.server('s2').node.run([HOLDFAST, 'status'])
      expect(seen).toMatch(/^recdns0 .* 2\/4 +- s1 /m)
      expect(seen).toMatch(/^recdns1 .* 3\/4 +- s4 /m)

      await lab.server('s1').named.kill()
      await lab.observer.waitFor(RECDNS0, ['s2'])
      await lab.server('s4').named.kill()
      await lab.observer.waitFor(RECDNS1, ['s3'])
      await lab.server('s1').named.start()
      await lab.server('s4').named.start()
      await lab.settled()
    })
  }, 240_000)

  test('an edited order moves the addresses, and a server that is commented out gives them up', async () => {
    await onLab(createLab({ clusters: TWO_INSTANCES, onLoopback: true }), async (lab) => {
      await lab.start()
      const client = await lab.client.start()
      const order = (text: string) => {
        for (const server of lab.servers) server.node.write('/etc/holdfast/order/recdns', text)
      }
      order('s2\ns1\ns3\n')
      await lab.observer.waitFor(RECDNS0, ['s2'])
      order('# s2 is being patched\n# s2\ns1\ns3\n')
      await lab.observer.waitFor(RECDNS0, ['s1'])
      await untilPriority(lab.server('s2'), 'recdns0', 30)
      const report = await client.stop()
      expect(report.unservedAtEnd).toBe(0)
      console.log(`order edited twice: ${report.sent} sent, ${report.lost} lost`)
    })
  }, 240_000)
})
