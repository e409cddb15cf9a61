// Settings of the kernel that a balancer rests on.
import type { BalancerConfig } from '../../config/balancer-table.ts'
import { balancerCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { sysctlNumber } from '../facts/kernel-settings.ts'
import { SYSCTL_INSTALL } from '../network/address-settings.ts'

/** Both are there once the module is. */
const ENDING = ['net/ipv4/vs/expire_nodest_conn', 'net/ipv4/vs/expire_quiescent_template'] as const

export const ENDS = balancerCheck({
  code: 'H614',
  title: 'IPVS sends clients elsewhere when their real server has left the pool',
  severity: 'fail',
  judge(_, host) {
    const values = ENDING.map((key) => ({ key, value: sysctlNumber(host, key) }))
    if (values.every(({ value }) => value === null)) return skip('IPVS is not in the kernel: H601')
    const off = values.filter(({ value }) => value === 0)
    if (off.length === 0) return ok('expire_nodest_conn and expire_quiescent_template are on')
    return trouble(
      'IPVS keeps clients with real servers that have left the pool.',
      off.map(({ key, value }) => `${key} = ${value}`),
      [...off.map(({ key }) => `sysctl -w ${key}=1`), ...SYSCTL_INSTALL],
    )
  },
})

/** By family; slashes stand for dots. */
const FORWARDING = { 4: 'net/ipv4/ip_forward', 6: 'net/ipv6/conf/all/forwarding' } as const

export const FORWARDS = balancerCheck({
  code: 'H619',
  title: 'The kernel forwards the answers of real servers that are reached by nat',
  severity: 'fail',
  judge({ balancer }, host) {
    const needed = translatedFamilies(balancer).map((family) => FORWARDING[family])
    if (needed.length === 0) return skip('no service is by nat')
    const off = needed.filter((key) => sysctlNumber(host, key) === 0)
    if (off.length === 0) return ok(needed.join(', '))
    return trouble(
      'The answers of real servers are not forwarded to clients.',
      off.map((key) => `${key} = 0`),
      [...off.map((key) => `sysctl -w ${key}=1`), ...SYSCTL_INSTALL],
    )
  },
})

function translatedFamilies({ services }: BalancerConfig) {
  const translated = services.filter(({ forwarding }) => forwarding === 'nat')
  return ([4, 6] as const).filter((family) =>
    translated.some(({ addresses }) => addresses.some((address) => address.family === family)),
  )
}
