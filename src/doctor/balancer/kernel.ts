// Settings of the kernel that a balancer rests on.
import { ok, skip, trouble } from '../check.ts'
import { onBalancer } from '../facts/balancer.ts'
import { sysctlNumber } from '../facts/sysctl.ts'
import { once } from '../keepalived/blame.ts'
import { SYSCTL_INSTALL } from '../network/kernel.ts'

/** Both are there once the module is. */
const ENDING = ['net/ipv4/vs/expire_nodest_conn', 'net/ipv4/vs/expire_quiescent_template'] as const

export const ENDS = once({
  code: 'H614',
  category: 'balancer',
  title: 'IPVS sends clients elsewhere when their real server has left the pool',
  severity: 'fail',
  about: [
    'Without expire_nodest_conn, packets of a connection to a real server that has left the table are dropped in silence until the client gives up, and a forwarder that keeps its port is not answered for as long as it goes on asking. With it the next packet goes to another server, or the connection is reset at once.',
    'Without expire_quiescent_template, a client that is remembered (persistence) is sent to its real server although that weighs nothing.',
  ],
  run: (host) =>
    onBalancer(host, () => {
      const values = ENDING.map((key) => ({ key, value: sysctlNumber(host, key) }))
      if (values.every(({ value }) => value === null))
        return skip('IPVS is not in the kernel: H601')
      const off = values.filter(({ value }) => value === 0)
      if (off.length === 0) return ok('expire_nodest_conn and expire_quiescent_template are on')
      return trouble(
        'IPVS keeps clients with real servers that have left the pool.',
        off.map(({ key, value }) => `${key} = ${value}`),
        [...off.map(({ key }) => `sysctl -w ${key}=1`), ...SYSCTL_INSTALL],
      )
    }),
})
