// The interfaces that service addresses are for, as this host has them: what most checks here look at.
import type { VrrpInstance } from '../../config/vrrp-config.ts'
import { factOf, skip } from '../doctor-check.ts'
import { type Link, linkNamed, linksFact } from '../facts/ip-links.ts'
import { interfacesIn, vrrpFact } from '../facts/vrrp-instances.ts'

/** An interface of the configuration that this host has. */
export interface VrrpInterface {
  readonly link: Link
  readonly instances: readonly VrrpInstance[]
}

/** Those of the configuration that are here; one at least. */
export const interfacesFact = factOf({ vrrp: vrrpFact, links: linksFact }, ({ vrrp, links }) => {
  const here = [...interfacesIn(vrrp)].flatMap(([name, instances]): VrrpInterface[] => {
    const link = linkNamed(links, name)
    return link === undefined ? [] : [{ link, instances }]
  })
  return here.length > 0 ? here : skip('no interface of the configuration is here: H509')
})

export function namesOf(interfaces: readonly VrrpInterface[]): string {
  return interfaces.map((carrier) => carrier.link.name).join(', ')
}
