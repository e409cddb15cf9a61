// Whether there is a DNS server here, whether it runs, and has its sockets: without a query.
import { type Endpoint, endpointName } from '../../core/check.ts'
import { bindCheck } from '../categories.ts'
import { isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { DNS_PORT } from '../facts/dns-sockets.ts'
import { namedConfFact } from '../facts/named.ts'
import { unitFact } from '../facts/systemd-unit.ts'
import type { Host } from '../host.ts'
import { endpointsOf, foreignAt, groundFact, listenersAt, servingFact, whose } from './serving.ts'

export const INSTALLED = bindCheck({
  code: 'H401',
  title: 'BIND is installed',
  severity: 'fail',
  needs: { serving: servingFact },
  judge({ serving }) {
    if (serving.kind === 'other') return skip(`${serving.who} serves DNS, not named`)
    const { program, processes } = serving.named
    if (program.kind === 'installed') return ok(program.version)
    if (processes[0] !== undefined) return ok(`named runs as process ${processes[0].pid}`)
    if (program.kind === 'unknown') return skip(program.why)
    return trouble(
      'No DNS server is installed',
      [
        'no program "named" in PATH, /usr/sbin or /sbin',
        'no process listens on UDP port 53 of a local address',
      ],
      ['apt-get install bind9'],
    )
  },
})

export const RUNS = bindCheck({
  code: 'H402',
  title: 'A DNS server is running',
  severity: 'fail',
  needs: { serving: servingFact },
  async judge({ serving }, host) {
    switch (serving.kind) {
      case 'named':
        return ok(
          `named runs as process ${serving.named.processes.map(({ pid }) => pid).join(', ')}`,
        )
      case 'other':
        return ok(`${serving.who} serves DNS, not named`)
      case 'nobody':
        if (serving.named.program.kind === 'missing')
          return skip('because of H401: BIND is not installed')
        return trouble(
          'named is not running, and no other program answers on port 53',
          [
            'no process is named "named"',
            'no process listens on UDP port 53 of a local address',
            ...(await unitState(host)),
            ...((await namedConfFact(host)).kind === 'refused'
              ? ['named-checkconf rejects its configuration: see H405']
              : []),
          ],
          ['journalctl -u named -n 50', 'named-checkconf', 'systemctl start named'],
        )
      default:
        return serving satisfies never
    }
  },
})

async function unitState(host: Host): Promise<readonly string[]> {
  const unit = await unitFact(host, 'named.service')
  if (isSkip(unit)) return []
  const say = (name: string) => unit.get(name) ?? ''
  return [`named.service is ${say('ActiveState')} (${say('SubState')}), result ${say('Result')}`]
}

export const OTHERS = bindCheck({
  code: 'H403',
  title: "No other program uses port 53 of named's addresses",
  severity: 'fail',
  needs: { ground: groundFact },
  judge({ ground }, host) {
    if (ground.named === null) return skip('named is not running')
    if (host.inspect.uid !== 0) return skip('needs root to see the owners of sockets')
    const { plan, ports } = ground
    const foreign = endpointsOf(plan).flatMap((endpoint) =>
      foreignAt(endpoint, ground).map((socket) => ({ endpoint, socket })),
    )
    const [first] = foreign
    if (first === undefined) return ok(`all sockets on port ${DNS_PORT} belong to named`)
    const pid = ports.owners.get(first.socket.inode)?.pid
    return trouble(
      `Port ${DNS_PORT} of ${endpointName(first.endpoint)} is used by ${whose(first.socket, ports)}, not by named`,
      [...new Set(foreign.map(({ socket }) => `${socket.row}: ${whose(socket, ports)}`))],
      [
        `ss -lntup 'sport = :${DNS_PORT}'`,
        ...(pid === undefined ? [] : [`ps -o pid,user,lstart,args -p ${pid}`]),
        '# End that program, then:',
        'holdfast drain; systemctl restart named; holdfast undrain',
      ],
    )
  },
})

export const LISTENS = bindCheck({
  code: 'H404',
  title: 'DNS server listens on every local address (UDP and TCP)',
  severity: 'fail',
  needs: { ground: groundFact },
  judge({ ground: { plan, ports } }) {
    const endpoints = endpointsOf(plan)
    const lost = endpoints.filter((endpoint) => listenersAt(endpoint, ports).length === 0)
    const [first] = lost
    if (first === undefined) return ok(`${endpoints.length} sockets on port ${DNS_PORT}`)
    const more = lost.length === 1 ? '' : ` and on ${lost.length - 1} more`
    return trouble(
      `Nothing listens on ${endpointName(first)} port ${DNS_PORT}${more}`,
      lost.map((one) => `${tableOf(one)} has no socket for ${one.address} port ${DNS_PORT}`),
      [
        `ss -lntu 'sport = :${DNS_PORT}'`,
        'holdfast drain; systemctl restart named; holdfast undrain',
        '# If named is not meant to listen there: [addresses] exclude in holdfast.toml',
      ],
    )
  },
})

function tableOf({ transport, family }: Endpoint): string {
  return `/proc/net/${transport}${family === 6 ? '6' : ''}`
}
