// Script mode: for keepalived without track_file, the same story by scripts alone.
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { whyNoLab } from '../environment.ts'
import { chooseHoldfast, HOLDFAST } from '../holdfast.ts'
import { KEEPALIVED_CONF } from '../keepalived.ts'
import type { Lab } from '../lab.ts'
import { onLab } from '../lab.ts'
import type { ClusterSpec } from '../layout.ts'
import {
  addressesOf,
  CLUSTERS,
  effectivePriority,
  order,
  raise,
  SERVERS_TOML,
  until,
  untilPriorities,
} from './rendered-site.ts'

/** Eight scripts an instance and server, each a process: two instances are enough for this host. */
const RECDNS: readonly ClusterSpec[] = CLUSTERS.slice(0, 1)
const TOML = `${SERVERS_TOML}
[keepalived]
interface = "eth0"
mode = "track_script"
script_interval = "3s"
advert_interval = "500ms"

[flap]
failback_delay = "3s"
`
setDefaultTimeout(280_000)

const obstacle =
  whyNoLab() ??
  (chooseHoldfast() === 'built' ? null : 'Dozens of scripts a second need the built executable.')
if (obstacle !== null) console.log(`skipped: script mode: ${obstacle}`)

function holds(lab: Lab, instance: string, server: string): Promise<void> {
  return lab.observer.waitFor(addressesOf(instance), [server])
}

describe.skipIf(obstacle !== null)('script mode', () => {
  test('obeys orders, and gives way to what is lost', async () => {
    await onLab(raise({ clusters: RECDNS, extraToml: TOML }), async (lab) => {
      const cnh = lab.server('cnh')
      expect(cnh.node.read(KEEPALIVED_CONF)).not.toContain('track_file')
      await untilPriorities(lab, 'recdns1', [250, 200, 150, 100])
      await untilPriorities(lab, 'recdns0', [100, 150, 200, 250])
      const pids = lab.servers.map((server) => server.keepalived.pid)
      const client = await lab.client.start()

      order(lab, 'recdns', 'wcdc\nrnb\nsby\ncnh\n')
      await holds(lab, 'recdns1', 'wcdc')
      await holds(lab, 'recdns0', 'cnh')
      // The weights are those of all four, though the order lists three.
      order(lab, 'recdns', 'cnh\nrnb\nsby\n#wcdc\n')
      await untilPriorities(lab, 'recdns1', [250, 200, 150, 30])
      await untilPriorities(lab, 'recdns0', [150, 200, 250, 30])
      await holds(lab, 'recdns1', 'cnh')
      await holds(lab, 'recdns0', 'sby')

      await cnh.named.kill()
      await holds(lab, 'recdns1', 'rnb')
      await until('no slot is left', () => effectivePriority(cnh, 'recdns1') === 10)
      await cnh.named.start()
      await holds(lab, 'recdns1', 'cnh')

      await cnh.daemon.kill()
      await holds(lab, 'recdns1', 'rnb')
      await cnh.daemon.start()
      await holds(lab, 'recdns1', 'cnh')

      await cnh.node.run(['mv', HOLDFAST, '/var/tmp/holdfast'])
      await holds(lab, 'recdns1', 'rnb')
      await cnh.node.run(['mv', '/var/tmp/holdfast', HOLDFAST])
      await holds(lab, 'recdns1', 'cnh')

      // Nothing watches a folder here, so a new one will do.
      cnh.node.remove('/run/holdfast')
      await until('the daemon has put it back', () => cnh.priority('recdns1') === 250)
      await holds(lab, 'recdns1', 'cnh')

      expect((await client.stop()).unservedAtEnd).toBe(0)
      expect(lab.servers.map((server) => server.keepalived.pid)).toEqual(pids)
    })
  })

  test('an isolated server is in FAULT, and stays there without a daemon', async () => {
    const servers = ['cnh', 'rnb'] as const
    const toml = TOML.replace(/\[servers\.(sby|wcdc)\]\n/g, '')
    await onLab(raise({ servers, clusters: RECDNS, extraToml: toml }), async (lab) => {
      const [cnh, rnb] = [lab.server('cnh'), lab.server('rnb')]
      await cnh.daemon.kill()
      cnh.node.write('/run/holdfast/priority/recdns1', '-254\n')
      await cnh.keepalived.log.waitFor(/\(recdns1\) Entering FAULT STATE/)
      await holds(lab, 'recdns1', 'rnb')
      // Nobody else is left, and still it does not come back.
      await rnb.powerOff()
      await lab.observer.waitFor(addressesOf('recdns1'), [])
      expect(lab.observer.holders(addressesOf('recdns1')[0] ?? '')).toEqual([])
      await holds(lab, 'recdns0', 'cnh')
    })
  })
})
