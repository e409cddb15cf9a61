// Elections of both families, and on virtual interfaces.
import { instanceSpec } from '../layout.ts'
import { type Break, ward } from './broken.ts'

const BOTH = { ...instanceSpec('recdns0', 53, 'forward'), toml: 'ipv6 = "separate"' }
const VIRTUAL = { ...instanceSpec('recdns1', 54, 'forward'), toml: 'use_vmac = true' }
const CLUSTERS = [{ name: 'recdns', instances: [BOTH, VIRTUAL] }]

const patient = ward({ servers: ['s1', 's2'], clusters: CLUSTERS, onLoopback: true })

patient.breaks({
  name: 'H310: IPv6 adverts are damaged on their way',
  ...damaged('ip6 nexthdr 112 @th,48,16 set 0xbeef'),
  says: ['> ff02::12 VRRPv3 id 53', 'for 2001:db8::53', 'a wrong checksum'],
})

patient.breaks({
  name: 'H310: adverts of a virtual interface are damaged on their way',
  ...damaged('oifname "vrrp*" @th,48,16 set 0xbeef'),
  says: ['192.0.2.11 > 224.0.0.18 VRRPv3 id 54', 'eth0:'],
})

patient.breaks({
  name: 'H515: adverts of IPv6 alone are dropped where they arrive',
  at: 's2',
  break: (s2) =>
    s2.firewall('chain input {\n type filter hook input priority 0\n ip6 nexthdr 112 drop\n}'),
  mend: (s2) => s2.clearFirewall(),
  says: [
    'that arrive on eth0',
    '> ff02::12 VRRPv3 id 53',
    'chain input: ',
    'meta l4proto 112 accept',
  ],
})

function damaged(rule: string): Pick<Break, 'at' | 'break' | 'mend'> {
  return {
    at: 's2',
    break: (_, lab) =>
      lab
        .server('s1')
        .firewall(`chain out {\n type filter hook output priority mangle\n ${rule}\n}`),
    mend: (_, lab) => lab.server('s1').clearFirewall(),
  }
}
