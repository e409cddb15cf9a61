// Whether the interfaces of the instances are here, up, and fit for VRRP.
import { networkCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { describeLink, isUp, linkNamed, linksFact } from '../facts/ip-links.ts'
import { interfacesIn, vrrpFact } from '../facts/vrrp-instances.ts'
import { interfacesFact, namesOf } from './vrrp-interfaces.ts'

export const PRESENT = networkCheck({
  code: 'H509',
  title: 'The interfaces that the configuration names are here',
  severity: 'fail',
  needs: { vrrp: vrrpFact, links: linksFact },
  judge({ vrrp, links }, host) {
    const wanted = [...interfacesIn(vrrp)]
    const missing = wanted.filter(([name]) => linkNamed(links, name) === undefined)
    if (missing.length === 0) return ok(wanted.map(([name]) => name).join(', '))
    const lines = missing.map(([name, instances]) => {
      const names = instances.map((instance) => instance.name).join(', ')
      return `${host.paths.configFile}: interface ${name} of ${names}`
    })
    const here = `ip address show: ${links.map((link) => link.name).join(', ')}`
    return trouble(
      `This host has no interface ${missing.map(([name]) => name).join(' and no interface ')}`,
      [...lines, here],
      [
        'ip -brief address',
        `Write the right name into ${host.paths.configFile}, and render again:`,
        'holdfast render-config --diff',
      ],
    )
  },
})

export const UP = networkCheck({
  code: 'H510',
  title: 'The interfaces of the instances are up and have a carrier',
  severity: 'fail',
  needs: { interfaces: interfacesFact },
  judge({ interfaces }) {
    const down = interfaces.filter((carrier) => !isUp(carrier.link))
    if (down.length === 0) return ok(`${namesOf(interfaces)} up`)
    const isShut = (flags: readonly string[]) => !flags.includes('UP')
    const remedies = down.map(({ link }) =>
      isShut(link.flags)
        ? `ip link set ${link.name} up`
        : `Look at the cable and the switch port of ${link.name}: ethtool ${link.name}`,
    )
    return trouble(
      down
        .map(({ link }) => `${link.name} ${isShut(link.flags) ? 'is down' : 'has no carrier'}`)
        .join(', '),
      down.map((carrier) => describeLink(carrier.link)),
      remedies,
    )
  },
})

export const MULTICAST = networkCheck({
  code: 'H511',
  title: 'The interfaces of the instances carry multicast',
  severity: 'fail',
  needs: { vrrp: vrrpFact, interfaces: interfacesFact },
  judge({ interfaces, vrrp }) {
    if (vrrp.transport === 'unicast') return skip('adverts go to each server by itself')
    const without = interfaces.filter((carrier) => !carrier.link.flags.includes('MULTICAST'))
    if (without.length === 0) return ok(namesOf(interfaces))
    return trouble(
      `Multicast is off on ${namesOf(without)}`,
      without.map((carrier) => describeLink(carrier.link)),
      without.map((carrier) => `ip link set ${carrier.link.name} multicast on`),
    )
  },
})
