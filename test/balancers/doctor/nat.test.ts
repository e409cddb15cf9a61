// A balancer whose kernel keeps the answers of real servers from clients, by nat.
import { inGuest } from '../in-guest.ts'
import { pairWard } from './pair-ward.ts'

inGuest(import.meta.path, () => {
  const patient = pairWard({ service: 'lvs_method = "nat"' })

  for (const key of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'])
    patient.breaks({
      name: `H619: ${key} is off`,
      break: ({ node }) => node.run(['sysctl', '-q', '-w', `${key}=0`]),
      mend: ({ node }) => node.run(['sysctl', '-q', '-w', `${key}=1`]),
      says: [`${key.replaceAll('.', '/')} = 0`],
    })
})
