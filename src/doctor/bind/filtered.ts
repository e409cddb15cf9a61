// Which of the doctor's own questions the firewall drops, where that has a code of its own.
import type { Target } from '../../core/target.ts'
import { firewallFact } from '../facts/firewall.ts'
import { judge } from '../firewall/judge.ts'
import { fact } from '../host.ts'
import { explainedBy } from '../keepalived/blame.ts'
import { FIREWALL_DNS } from '../network/firewall.ts'

/**
 * Tells of a target whether its silence is the firewall's. Rules for the loopback interface alone,
 * by which a host asks itself, are not looked at there: such a silence is told as what it is.
 */
export const filteredFact = fact(async (host): Promise<(target: Target) => boolean> => {
  const firewall = await firewallFact(host)
  const blamed = await explainedBy(host, [FIREWALL_DNS])
  if (firewall.kind === 'none' || blamed === null) return () => false
  return ({ transport, address, family }) => {
    const packet = {
      ...({ direction: 'in', interface: 'lo', packetType: 'unicast' } as const),
      ...{ family, protocol: transport, source: address, destination: address, dport: 53 },
    }
    return judge(firewall.ruleset, packet).kind === 'dropped'
  }
})
