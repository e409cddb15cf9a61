// A virtual server for each real server alone, by which the daemon asks it at the virtual addresses.
import { type MarkedBackend, markedBackends } from '../balancer/marks.ts'
import type { BalancerConfig, Forwarding } from '../config/balancer/balancer-config.ts'
import { block } from './block.ts'

export const LVS_METHOD: Readonly<Record<Forwarding, string>> = {
  dr: 'DR',
  nat: 'NAT',
  tun: 'TUN',
}

/** None of them follows a file: a real server that has failed must be asked, so that it can return. */
export function markedServers(balancer: BalancerConfig): string[] {
  return markedBackends(balancer).flatMap(markedServer)
}

/** One mark stands for UDP and TCP, and for all virtual addresses of a family. */
function markedServer({ backend, marks }: MarkedBackend): string[] {
  const { service, server } = backend
  return marks.flatMap(({ family, mark }) =>
    server.addresses
      .filter((it) => it.family === family)
      .map(({ address }) =>
        block(`virtual_server fwmark ${mark}`, [
          `ip_family ${family === 4 ? 'inet' : 'inet6'}`,
          'lvs_sched rr',
          `lvs_method ${LVS_METHOD[service.forwarding]}`,
          // A question is a packet, and each is for the same real server: nothing to remember.
          'ops',
          // The port is that of the packet: keepalived complains about any other.
          block(`real_server ${address}`, ['weight 1']),
        ]),
      ),
  )
}
