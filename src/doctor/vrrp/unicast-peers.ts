// Whether anybody is there whom adverts by unicast go to: a packet for nobody does not leave.
import { canonicalAddress } from '../../config/values/ip.ts'
import { isSkip } from '../doctor-check.ts'
import { installedFact } from '../facts/keepalived-conf.ts'
import { neighboursIn } from '../facts/neighbours.ts'
import type { Host } from '../host.ts'

/**
 * The peers of an instance, where the kernel knows the hardware address of none of them, nor of a router
 * on the way. None where one is known, and where adverts go to the group.
 */
export async function absentPeers(host: Host, instance: string): Promise<readonly string[]> {
  const installed = await installedFact(host)
  const blocks = isSkip(installed) ? [] : installed.model.instances
  const peers = blocks.find((block) => block.name === instance)?.peers ?? []
  if (peers.length === 0) return []
  const hops = await Promise.all(peers.map((peer) => nextHop(host, peer)))
  const known = (await neighboursIn(host.inspect)).map((neighbour) =>
    canonicalAddress(neighbour.address),
  )
  return hops.some((hop) => known.includes(hop)) ? [] : peers
}

async function nextHop({ inspect }: Host, peer: string): Promise<string | null> {
  const run = await inspect.run('ip', ['route', 'get', peer])
  const via = run.ok ? /\bvia (?:inet6? )?(\S+)/.exec(run.value.stdout)?.[1] : undefined
  return canonicalAddress(via ?? peer)
}
