// Whether the DNS server has its sockets: from the kernel's tables, without a query.
import { type Target, targetName } from '../../core/target.ts'
import { bindCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { DNS_PORT } from '../facts/port-owners.ts'
import { targetsOf } from './probe-plan.ts'
import { foreignAt, groundFact, listenersAt, whose } from './serving.ts'

export const OTHERS = bindCheck({
  code: 'H403',
  title: 'No other program has port 53 of an address that named should serve',
  severity: 'fail',
  needs: { ground: groundFact },
  judge({ ground }, host) {
    if (ground.named === null) return skip('named does not run')
    if (host.inspect.uid !== 0)
      return skip('needs root: whose a socket is, /proc tells nobody else')
    const { plan, ports } = ground
    const foreign = targetsOf(plan).flatMap((target) =>
      foreignAt(target, ground).map((socket) => ({ target, socket })),
    )
    const [first] = foreign
    if (first === undefined) return ok(`all sockets on port ${DNS_PORT} are named’s`)
    const pid = ports.owners.get(first.socket.inode)?.pid
    return trouble(
      `${whose(first.socket, ports)} has ${targetName(first.target)} port ${DNS_PORT}, which named should have`,
      [...new Set(foreign.map(({ socket }) => `${socket.row}: ${whose(socket, ports)}`))],
      [
        `ss -lntup 'sport = :${DNS_PORT}'`,
        ...(pid === undefined ? [] : [`ps -o pid,user,lstart,args -p ${pid}`]),
        'end that program, then: holdfast drain; systemctl restart named; holdfast undrain',
      ],
    )
  },
})

export const LISTENS = bindCheck({
  code: 'H404',
  title: 'The DNS server listens on every local address over UDP and TCP',
  severity: 'fail',
  needs: { ground: groundFact },
  judge({ ground: { plan, ports } }) {
    const targets = targetsOf(plan)
    const lost = targets.filter((target) => listenersAt(target, ports).length === 0)
    const [first] = lost
    if (first === undefined) return ok(`${targets.length} sockets on port ${DNS_PORT}`)
    const more = lost.length === 1 ? '' : `, nor on ${lost.length - 1} more`
    return trouble(
      `Nothing listens on ${targetName(first)} port ${DNS_PORT}${more}`,
      lost.map(
        (target) => `${tableOf(target)} has no socket for ${target.address} port ${DNS_PORT}`,
      ),
      [
        `ss -lntu 'sport = :${DNS_PORT}'`,
        'holdfast drain; systemctl restart named; holdfast undrain',
        'where named was never to listen there: [addresses] exclude in holdfast.toml',
      ],
    )
  },
})

function tableOf({ transport, family }: Target): string {
  return `/proc/net/${transport}${family === 6 ? '6' : ''}`
}
