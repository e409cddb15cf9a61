// A load balancer on a kernel without IPVS, which the guest of test/balancers always has.
import { expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { whyNoLab } from '../environment.ts'
import { CONFIG_PATH, chooseHoldfast, installHoldfast } from '../holdfast.ts'
import { createNode, createRoot } from '../namespace.ts'
import { diagnose, resultOf } from './diagnose.ts'

setDefaultTimeout(60_000)
const CONFIG = `[server]
name = "lb1"
[keepalived]
interface = "eth0"
[clusters.dns.instances.dns0]
addresses = ["192.0.2.9/24"]
virtual_router_id = 9
[balancer.services.dns]
addresses = ["192.0.2.9"]
[balancer.services.dns.servers.ns1]
addresses = ["192.0.2.11"]
`
const hasIpvs = existsSync('/proc/net/ip_vs')

test.skipIf(whyNoLab() !== null || hasIpvs)('H601: the kernel has no IPVS', async () => {
  const root = await createRoot()
  try {
    await installHoldfast(root, chooseHoldfast())
    const node = await createNode(root, 'lb1')
    node.write(CONFIG_PATH, CONFIG)
    const diagnosis = await diagnose({ node }, '--only', 'balancer')
    expect(diagnosis.codes).toEqual(['H601'])
    expect(JSON.stringify(resultOf(diagnosis, 'H601').outcome)).toContain('modprobe ip_vs')
  } finally {
    await root.destroy()
  }
})
